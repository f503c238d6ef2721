import type { Scene } from './scene.ts';

/** For a goal that is like no scene: the first of these are shown. */
export const general: readonly Scene[] = [
  {
    goal: 'Write the words good morning to greeting.txt',
    steps: [
      ['', 'RUN', "echo 'good morning' > greeting.txt", 'echo writes one line'],
      ['greeting.txt', 'STOP', 'greeting.txt is written'],
    ],
  },
  {
    goal: 'Count the lines of poem.txt and save the number in lines.txt',
    steps: [
      ['poem.txt', 'RUN', 'wc -l < poem.txt > lines.txt', 'wc -l counts lines'],
      ['lines.txt, poem.txt', 'STOP', 'lines.txt holds the number'],
    ],
  },
  {
    goal: 'Show the first 3 lines of report.txt',
    steps: [
      [
        'report.txt',
        'RUN',
        'head -n 3 report.txt',
        'head prints the first lines',
        'Spring report\nSales rose.\nCosts fell.',
      ],
      ['report.txt', 'STOP', 'The three lines are shown'],
    ],
  },
  {
    goal: 'Make a folder called images and move every .png file into it',
    steps: [
      ['cat.png, dog.png, plan.txt', 'RUN', 'mkdir -p images && mv *.png images/', 'make it, then move'],
      ['images/, plan.txt, images/cat.png, images/dog.png', 'STOP', 'The .png files are in images'],
    ],
  },
  {
    goal: 'Find all .log files in this folder and its subfolders',
    steps: [
      [
        'app/, boot.log, readme.txt, app/web.css, app/web.log',
        'RUN',
        "find . -type f -name '*.log'",
        'find looks in subfolders too',
        './app/web.log\n./boot.log',
      ],
      ['app/, boot.log, readme.txt, app/web.css, app/web.log', 'STOP', 'All .log files are listed'],
    ],
  },
];

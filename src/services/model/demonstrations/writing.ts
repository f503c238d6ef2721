import type { Scene } from './scene.ts';

/** Making files and directories, adding to files, dates and numbers. */
export const writing: readonly Scene[] = [
  {
    goal: 'Make a folder called drafts',
    steps: [
      ['note.txt', 'RUN', 'mkdir drafts', 'mkdir makes a folder'],
      ['drafts/, note.txt', 'STOP', 'The folder drafts is there'],
    ],
  },
  {
    goal: 'Create an empty file called todo.txt',
    steps: [
      ['', 'RUN', 'touch todo.txt', 'touch makes an empty file'],
      ['todo.txt', 'STOP', 'todo.txt is there'],
    ],
  },
  {
    goal: 'Create a file motto.txt with the text stay calm',
    steps: [
      ['', 'RUN', "echo 'stay calm' > motto.txt", 'echo writes one line'],
      ['motto.txt', 'STOP', 'motto.txt is written'],
    ],
  },
  {
    goal: 'Add the line "buy milk" to the end of shopping.txt',
    steps: [
      ['shopping.txt', 'RUN', "echo 'buy milk' >> shopping.txt", '>> appends, > would overwrite'],
      ['shopping.txt', 'STOP', 'The line is added'],
    ],
  },
  {
    goal: 'Append the text of today.txt to diary.txt',
    steps: [
      ['diary.txt, today.txt', 'RUN', 'cat today.txt >> diary.txt', '>> keeps what is there'],
      ['diary.txt, today.txt', 'STOP', 'The text is appended'],
    ],
  },
  {
    goal: 'Create README.md with the title Kitchen and one line about it',
    steps: [
      ['', 'RUN', "printf '# Kitchen\\n\\nRecipes for every day.\\n' > README.md", 'printf writes several lines'],
      ['README.md', 'STOP', 'README.md is written'],
    ],
  },
  {
    goal: "Write today's date to date.txt",
    steps: [
      ['', 'RUN', 'date +%F > date.txt', 'date +%F is year-month-day'],
      ['date.txt', 'STOP', "date.txt holds today's date"],
    ],
  },
  {
    goal: 'Log the current date and time with the word started in run.log',
    steps: [
      ['run.log', 'RUN', "date '+%F %T started' >> run.log", 'append a line with the time'],
      ['run.log', 'STOP', 'The entry is in run.log'],
    ],
  },
  {
    goal: 'Write the numbers from 1 to 20 to numbers.txt, one on each line',
    steps: [
      ['', 'RUN', 'seq 1 20 > numbers.txt', 'seq counts up'],
      ['numbers.txt', 'STOP', 'numbers.txt holds 1 to 20'],
    ],
  },
  {
    goal: 'Create three empty files named day-1.txt, day-2.txt and day-3.txt',
    steps: [
      ['', 'RUN', 'touch day-1.txt day-2.txt day-3.txt', 'touch makes empty files'],
      ['day-1.txt, day-2.txt, day-3.txt', 'STOP', 'The three files are there'],
    ],
  },
  {
    goal: 'Set up a project folder called app with the subfolders src, test and docs',
    steps: [
      ['', 'RUN', 'mkdir -p app/src app/test app/docs', 'mkdir -p makes parents too'],
      ['app/, app/docs/, app/src/, app/test/', 'STOP', 'app and its subfolders are there'],
    ],
  },
  {
    goal: 'Make the folders week-1 to week-4',
    steps: [
      ['', 'RUN', 'mkdir week-{1..4}', 'braces write out all four'],
      ['week-1/, week-2/, week-3/, week-4/', 'STOP', 'The four folders are there'],
    ],
  },
  {
    goal: 'One folder for each season within a folder named year',
    steps: [
      ['notes.txt', 'RUN', 'mkdir -p year/{spring,summer,autumn,winter}', 'write out every name'],
      [
        'notes.txt, year/, year/autumn/, year/spring/, year/summer/, year/winter/',
        'STOP',
        'The four folders are in year',
      ],
    ],
  },
  {
    goal: 'I need empty files part-01.txt up to part-05.txt',
    steps: [
      ['', 'RUN', 'touch part-{01..05}.txt', 'braces keep the leading zero'],
      ['part-01.txt, part-02.txt, part-03.txt, part-04.txt, part-05.txt', 'STOP', 'All five files are there'],
    ],
  },
  {
    goal: 'put apples, pears and plums into fruit.txt, each on its own line',
    steps: [
      ['', 'RUN', "printf '%s\\n' apples pears plums > fruit.txt", 'printf repeats the format'],
      ['fruit.txt', 'STOP', 'fruit.txt has the three lines'],
    ],
  },
  {
    goal: 'Put the heading Chapter One at the very top of story.txt',
    steps: [
      ['story.txt', 'RUN', "sed -i '1i Chapter One' story.txt", '1i inserts before the first line'],
      ['story.txt', 'STOP', 'story.txt starts with the heading'],
    ],
  },
  {
    goal: 'Show the names sorted and keep a copy in names-sorted.txt',
    steps: [
      ['names.txt', 'RUN', 'sort names.txt | tee names-sorted.txt', 'tee shows and saves', 'Abe\nMo\nYara'],
      ['names-sorted.txt, names.txt', 'STOP', 'The names are shown and saved'],
    ],
  },
  {
    goal: 'Every text in pages should end with the line "The end."',
    steps: [
      [
        'pages/, pages/fox.txt, pages/owl.txt',
        'RUN',
        'for f in pages/*.txt; do echo \'The end.\' >> "$f"; done',
        'append to one after another',
      ],
      ['pages/, pages/fox.txt, pages/owl.txt', 'STOP', 'Both texts end with it'],
    ],
  },
  {
    goal: 'What date is 10 days after 2026-03-25?',
    steps: [
      ['', 'RUN', "date -d '2026-03-25 +10 days' +%F", 'date can count days', '2026-04-04'],
      ['', 'STOP', 'It is 2026-04-04'],
    ],
  },
  {
    goal: 'Which weekday was 1 January 2000?',
    steps: [
      ['', 'RUN', 'date -d 2000-01-01 +%A', '%A is the weekday', 'Saturday'],
      ['', 'STOP', 'It was a Saturday'],
    ],
  },
  {
    goal: 'Write the seven times table up to 5 x 7 to table.txt',
    steps: [
      ['', 'RUN', 'for i in {1..5}; do echo "$i x 7 = $((i * 7))"; done > table.txt', 'one line for each number'],
      ['table.txt', 'STOP', 'table.txt is written'],
    ],
  },
  {
    goal: 'even numbers from 2 to 10, in one line with commas between them',
    steps: [
      ['', 'RUN', 'seq -s, 2 2 10', '-s sets what stands between', '2,4,6,8,10'],
      ['', 'STOP', 'The numbers are shown'],
    ],
  },
  {
    goal: 'Make a small example: two folders with one file in each',
    steps: [
      ['', 'RUN', 'mkdir -p one two && touch one/a.txt two/b.txt', 'folders first, then files'],
      ['one/, two/, one/a.txt, two/b.txt', 'STOP', 'The example is there'],
    ],
  },
];

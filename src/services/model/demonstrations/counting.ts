import type { Scene } from './scene.ts';

/** Counting lines, words, matches and files. */
export const counting: readonly Scene[] = [
  {
    goal: 'How many files are in this folder and its subfolders?',
    steps: [
      [
        'a.txt, img/, img/b.png, img/old/, img/old/c.png',
        'RUN',
        'find . -type f | wc -l',
        '-type f leaves out folders',
        '3',
      ],
      ['a.txt, img/, img/b.png, img/old/, img/old/c.png', 'STOP', 'There are 3 files'],
    ],
  },
  {
    goal: 'How many .csv files are in this folder?',
    steps: [
      ['a.csv, b.csv, c.txt', 'RUN', 'ls *.csv | wc -l', 'list them, count the lines', '2'],
      ['a.csv, b.csv, c.txt', 'STOP', 'There are 2 .csv files'],
    ],
  },
  {
    goal: 'Count the words in letter.txt',
    steps: [
      ['letter.txt', 'RUN', 'wc -w < letter.txt', 'wc -w counts words', '4'],
      ['letter.txt', 'STOP', 'letter.txt has 4 words'],
    ],
  },
  {
    goal: 'Count the files in music',
    steps: [
      [
        'music/, read.me, music/a.mp3, music/jazz/, music/jazz/b.mp3',
        'RUN',
        'find music -type f | wc -l',
        'subfolders count too',
        '2',
      ],
      ['music/, read.me, music/a.mp3, music/jazz/, music/jazz/b.mp3', 'STOP', 'music has 2 files'],
    ],
  },
  {
    goal: 'How many words are in essay.md?',
    steps: [
      ['essay.md', 'RUN', 'wc -w < essay.md', 'wc -w counts words', '7'],
      ['essay.md', 'STOP', 'essay.md has 7 words'],
    ],
  },
  {
    goal: 'Count how many times the word error appears in app.log and write the number to errors.txt',
    steps: [
      ['app.log', 'RUN', 'grep -ow error app.log | wc -l > errors.txt', 'grep -o prints each match'],
      ['app.log, errors.txt', 'STOP', 'errors.txt holds the number'],
    ],
  },
  {
    goal: 'Count the .jpg files in photos and its subfolders',
    steps: [
      [
        'photos/, photos/a.jpg, photos/b.png, photos/sea/, photos/sea/c.jpg, photos/sea/d.jpg',
        'RUN',
        "find photos -type f -name '*.jpg' | wc -l",
        'find them, count the lines',
        '3',
      ],
      [
        'photos/, photos/a.jpg, photos/b.png, photos/sea/, photos/sea/c.jpg, photos/sea/d.jpg',
        'STOP',
        'There are 3 .jpg files',
      ],
    ],
  },
  {
    goal: 'How many folders are in here?',
    steps: [
      [
        'art/, music/, song.txt, art/old/',
        'RUN',
        'find . -mindepth 1 -maxdepth 1 -type d | wc -l',
        '-type d finds folders only',
        '2',
      ],
      ['art/, music/, song.txt, art/old/', 'STOP', 'There are 2 folders'],
    ],
  },
  {
    goal: 'Show how many lines each .csv file has',
    steps: [
      ['a.csv, b.csv', 'RUN', 'wc -l *.csv', 'wc counts each file', '2 a.csv\n1 b.csv\n3 total'],
      ['a.csv, b.csv', 'STOP', 'The counts are shown'],
    ],
  },
  {
    goal: 'Count how often each colour occurs in colours.txt, most frequent first, and save it in tally.txt',
    steps: [
      ['colours.txt', 'RUN', 'sort colours.txt | uniq -c | sort -rn > tally.txt', 'uniq -c needs sorted lines'],
      ['colours.txt, tally.txt', 'STOP', 'tally.txt holds the counts'],
    ],
  },
  {
    goal: 'What are the 3 most frequent words in speech.txt?',
    steps: [
      [
        'speech.txt',
        'RUN',
        "tr -s ' ' '\\n' < speech.txt | sort | uniq -c | sort -rn | head -n 3",
        'one word per line, then count',
        '      4 we\n      3 can\n      2 go',
      ],
      ['speech.txt', 'STOP', 'The words are we, can, go'],
    ],
  },
  {
    goal: 'Write the number of entries in this folder to total.txt, without counting total.txt itself',
    steps: [
      ['a.txt, b.txt, pics/', 'RUN', 'ls | grep -vx total.txt | wc -l > total.txt', 'leave total.txt out'],
      ['a.txt, b.txt, pics/, total.txt', 'STOP', 'total.txt holds the number'],
    ],
  },
  {
    goal: 'How many different users logged in? They are in logins.txt',
    steps: [
      ['logins.txt', 'RUN', 'sort -u logins.txt | wc -l', 'drop repeats, then count', '3'],
      ['logins.txt', 'STOP', 'There are 3 users'],
    ],
  },
  {
    goal: 'Count the ERROR lines per hour in service.log',
    steps: [
      [
        'service.log',
        'RUN',
        'grep ERROR service.log | cut -c1-13 | sort | uniq -c',
        'characters 1 to 13 are day and hour',
        '      2 2026-05-04 09\n      1 2026-05-04 11',
      ],
      ['service.log', 'STOP', 'The counts per hour are shown'],
    ],
  },
  {
    goal: 'How often did each status code come up in web.log? Most frequent on top',
    steps: [
      [
        'web.log',
        'RUN',
        "awk '{ print $NF }' web.log | sort | uniq -c | sort -rn",
        '$NF is the last column',
        '      3 200\n      2 404\n      1 500',
      ],
      ['web.log', 'STOP', 'The codes are counted'],
    ],
  },
  {
    goal: 'How many messages of each level (INFO, WARN, ERROR) does agent.log have?',
    steps: [
      [
        'agent.log',
        'RUN',
        "cut -d' ' -f2 agent.log | sort | uniq -c",
        'the level is the second word',
        '      1 ERROR\n      2 INFO\n      1 WARN',
      ],
      ['agent.log', 'STOP', 'The levels are counted'],
    ],
  },
  {
    goal: 'number of characters in tweet.txt?',
    steps: [
      ['tweet.txt', 'RUN', 'wc -m < tweet.txt', 'wc -m counts characters', '11'],
      ['tweet.txt', 'STOP', 'tweet.txt has 11 characters'],
    ],
  },
  {
    goal: 'How many empty lines are there in form.txt?',
    steps: [
      ['form.txt', 'RUN', "grep -c '^$' form.txt", 'grep -c counts matching lines', '3'],
      ['form.txt', 'STOP', 'There are 3 empty lines'],
    ],
  },
  {
    goal: 'How many files of each type are below here? Go by the ending',
    steps: [
      [
        'a.txt, img/, main.css, img/b.png, img/c.png, img/note.txt, img/old/, img/old/d.png',
        'RUN',
        "find . -type f | sed 's/.*\\.//' | sort | uniq -c | sort -rn",
        'sed leaves only the ending',
        '      3 png\n      2 txt\n      1 css',
      ],
      [
        'a.txt, img/, main.css, img/b.png, img/c.png, img/note.txt, img/old/, img/old/d.png',
        'STOP',
        'The endings are counted',
      ],
    ],
  },
  {
    goal: 'How many photos does each album under photos hold?',
    steps: [
      [
        'photos/, photos/italy/, photos/norway/, photos/italy/1.jpg, photos/italy/2.jpg, photos/norway/3.jpg',
        'RUN',
        'find photos -type f | cut -d/ -f2 | sort | uniq -c',
        'the second part is the album',
        '      2 italy\n      1 norway',
      ],
      [
        'photos/, photos/italy/, photos/norway/, photos/italy/1.jpg, photos/italy/2.jpg, photos/norway/3.jpg',
        'STOP',
        'The albums are counted',
      ],
    ],
  },
];

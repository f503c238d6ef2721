import type { Scene } from './scene.ts';

/** Changing the text of files. */
export const changing: readonly Scene[] = [
  {
    goal: 'Replace the word colour with color everywhere in guide.txt',
    steps: [
      ['guide.txt, index.txt', 'RUN', "sed -i 's/colour/color/g' guide.txt", 'only in guide.txt'],
      ['guide.txt, index.txt', 'STOP', 'guide.txt is changed'],
    ],
  },
  {
    goal: 'Change every path that starts with /old/ to /new/ in paths.txt',
    steps: [
      ['paths.txt', 'RUN', "sed -i 's|^/old/|/new/|' paths.txt", '| because the text has slashes'],
      ['paths.txt', 'STOP', 'The paths are changed'],
    ],
  },
  {
    goal: 'Keep only the lines of bills.txt that contain paid, in the same file',
    steps: [
      ['bills.txt', 'RUN', "sed -i '/paid/!d' bills.txt", 'delete the lines that do not match'],
      ['bills.txt', 'STOP', 'Only the paid lines are left'],
    ],
  },
  {
    goal: 'Set the port to 9090 in server.conf',
    steps: [
      ['server.conf', 'RUN', "sed -i 's/^port=.*/port=9090/' server.conf", 'change the whole port line'],
      ['server.conf', 'STOP', 'The port is set'],
    ],
  },
  {
    goal: 'Remove the blank lines from letter.txt',
    steps: [
      ['letter.txt', 'RUN', "sed -i '/^$/d' letter.txt", '^$ is an empty line'],
      ['letter.txt', 'STOP', 'The blank lines are removed'],
    ],
  },
  {
    goal: 'Save settings.ini without its comment lines as clean.ini',
    steps: [
      ['settings.ini', 'RUN', "grep -v '^#' settings.ini > clean.ini", 'grep -v leaves lines out'],
      ['clean.ini, settings.ini', 'STOP', 'clean.ini has no comments'],
    ],
  },
  {
    goal: 'Write names.txt in capital letters to upper.txt',
    steps: [
      ['names.txt', 'RUN', "tr 'a-z' 'A-Z' < names.txt > upper.txt", 'tr swaps letters'],
      ['names.txt, upper.txt', 'STOP', 'upper.txt is in capitals'],
    ],
  },
  {
    goal: 'Turn the commas of table.csv into tabs and save it as table.tsv',
    steps: [
      ['table.csv', 'RUN', "tr ',' '\\t' < table.csv > table.tsv", 'tr swaps each comma'],
      ['table.csv, table.tsv', 'STOP', 'table.tsv is written'],
    ],
  },
  {
    goal: 'Number the lines of rules.txt and save them in numbered.txt',
    steps: [
      ['rules.txt', 'RUN', 'awk \'{ print NR ". " $0 }\' rules.txt > numbered.txt', 'NR is the line number'],
      ['numbered.txt, rules.txt', 'STOP', 'numbered.txt is written'],
    ],
  },
  {
    goal: 'Write the lines of history.txt in reverse order to reversed.txt',
    steps: [
      ['history.txt', 'RUN', 'tac history.txt > reversed.txt', 'tac prints the last line first'],
      ['history.txt, reversed.txt', 'STOP', 'reversed.txt is written'],
    ],
  },
  {
    goal: 'Delete line 2 of queue.txt',
    steps: [
      ['queue.txt', 'RUN', "sed -i '2d' queue.txt", '2d deletes line 2'],
      ['queue.txt', 'STOP', 'Line 2 is deleted'],
    ],
  },
  {
    goal: 'Put "> " in front of every line of mail.txt',
    steps: [
      ['mail.txt', 'RUN', "sed -i 's/^/> /' mail.txt", '^ is the start of a line'],
      ['mail.txt', 'STOP', 'Every line starts with >'],
    ],
  },
  {
    goal: 'Remove the trailing spaces in code.txt',
    steps: [
      ['code.txt', 'RUN', "sed -i 's/ *$//' code.txt", '$ is the end of a line'],
      ['code.txt', 'STOP', 'No line ends with a blank'],
    ],
  },
  {
    goal: 'throw out the DEBUG lines of trace.log',
    steps: [
      ['trace.log', 'RUN', "sed -i '/DEBUG/d' trace.log", 'd deletes lines that match'],
      ['trace.log', 'STOP', 'The DEBUG lines are gone'],
    ],
  },
  {
    goal: 'win.txt has Windows line endings; make them Unix ones',
    steps: [
      ['win.txt', 'RUN', "sed -i 's/\\r$//' win.txt", 'drop the \\r at the end'],
      ['win.txt', 'STOP', 'win.txt has Unix endings'],
    ],
  },
  {
    goal: 'dates.txt has dates like 2026-05-04. Write them as 04.05.2026',
    steps: [
      ['dates.txt', 'RUN', "sed -i -E 's/([0-9]+)-([0-9]+)-([0-9]+)/\\3.\\2.\\1/' dates.txt", '\\1 is the first group'],
      ['dates.txt', 'STOP', 'The dates are rewritten'],
    ],
  },
  {
    goal: 'Fix the typo teh in all .txt files of this folder',
    steps: [
      ['a.txt, b.txt, c.md', 'RUN', "sed -i 's/teh/the/g' *.txt", 'sed -i takes several files'],
      ['a.txt, b.txt, c.md', 'STOP', 'The typo is fixed'],
    ],
  },
  {
    goal: 'In game.json the level should be 3',
    steps: [
      ['game.json', 'RUN', 'sed -i \'s/"level": [0-9]*/"level": 3/\' game.json', 'replace the number after level'],
      ['game.json', 'STOP', 'The level is 3'],
    ],
  },
  {
    goal: 'Insert the line milk after bread in shop.txt',
    steps: [
      ['shop.txt', 'RUN', "sed -i '/^bread$/a milk' shop.txt", 'a adds a line after it'],
      ['shop.txt', 'STOP', 'milk follows bread'],
    ],
  },
  {
    goal: 'Comment out the telnet line in services.conf with a #',
    steps: [
      ['services.conf', 'RUN', "sed -i '/^telnet/s/^/# /' services.conf", 'only on the line that matches'],
      ['services.conf', 'STOP', 'The line is commented out'],
    ],
  },
  {
    goal: 'Turn the lines of tags.txt into one line with commas',
    steps: [
      ['tags.txt', 'RUN', 'paste -sd, tags.txt', 'paste -s joins all lines', 'red,green,blue'],
      ['tags.txt', 'STOP', 'The tags are on one line'],
    ],
  },
  {
    goal: 'Replace multiple spaces in wide.txt by a single one and save it as narrow.txt',
    steps: [
      ['wide.txt', 'RUN', "tr -s ' ' < wide.txt > narrow.txt", 'tr -s squeezes repeats'],
      ['narrow.txt, wide.txt', 'STOP', 'narrow.txt is written'],
    ],
  },
];

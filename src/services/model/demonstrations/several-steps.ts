import type { Scene } from './scene.ts';

/** Goals that need more than one command. */
export const severalSteps: readonly Scene[] = [
  {
    goal: 'Make a backup of plan.txt, then replace Monday with Tuesday in plan.txt',
    steps: [
      ['plan.txt', 'RUN', 'cp plan.txt plan.bak', 'the backup comes first'],
      ['plan.bak, plan.txt', 'RUN', "sed -i 's/Monday/Tuesday/g' plan.txt", 'now replace the word'],
      ['plan.bak, plan.txt', 'STOP', 'Backup made and word replaced'],
    ],
  },
  {
    goal: 'Sort ages.txt as numbers into sorted.txt and check the result',
    steps: [
      ['ages.txt', 'RUN', 'sort -n ages.txt > sorted.txt', 'sort -n compares numbers'],
      ['ages.txt, sorted.txt', 'RUN', 'cat sorted.txt', 'check the result', '7\n19\n104'],
      ['ages.txt, sorted.txt', 'STOP', 'sorted.txt is in order'],
    ],
  },
  {
    goal: 'Collect the ERROR lines of all .log files in errors.txt, count them in count.txt, then compress errors.txt',
    steps: [
      ['api.log, web.log', 'RUN', 'grep -h ERROR *.log > errors.txt', 'collect the lines first'],
      ['api.log, errors.txt, web.log', 'RUN', 'wc -l < errors.txt > count.txt', 'then count them'],
      ['api.log, count.txt, errors.txt, web.log', 'RUN', 'gzip errors.txt', 'compressing comes last'],
      ['api.log, count.txt, errors.txt.gz, web.log', 'STOP', 'All three steps are done'],
    ],
  },
  {
    goal: 'Put all .svg files of icons into a folder set, and a list of them into set/list.txt',
    steps: [
      ['icons/, icons/hat.svg, icons/shoe.svg', 'RUN', 'mkdir -p set && cp icons/*.svg set/', 'the folder first'],
      [
        'icons/, set/, icons/hat.svg, icons/shoe.svg, set/hat.svg, set/shoe.svg',
        'RUN',
        'ls icons | grep svg > set/list.txt',
        'ls prints the names',
      ],
      [
        'icons/, set/, icons/hat.svg, icons/shoe.svg, set/hat.svg, set/list.txt, set/shoe.svg',
        'RUN',
        'cat set/list.txt',
        'check the list',
        'hat.svg\nshoe.svg',
      ],
      [
        'icons/, set/, icons/hat.svg, icons/shoe.svg, set/hat.svg, set/list.txt, set/shoe.svg',
        'STOP',
        'The files are copied and listed',
      ],
    ],
  },
  {
    goal: 'Do what the list in tasks.txt says',
    steps: [
      [
        'tasks.txt',
        'RUN',
        'cat tasks.txt',
        'read the list first',
        'make a folder named out\nput an empty file ok.txt in it',
      ],
      ['tasks.txt', 'RUN', 'mkdir -p out && touch out/ok.txt', 'both tasks at once'],
      ['out/, tasks.txt, out/ok.txt', 'STOP', 'Both tasks are done'],
    ],
  },
  {
    goal: 'Look around this sandbox, make and tidy files as you like, keep a log of what you do in notes/log.md, and find something useful to do within your limits',
    steps: [
      ['WELCOME.txt', 'RUN', 'cat WELCOME.txt', 'read the welcome first', 'Welcome. This is your sandbox.'],
      [
        'WELCOME.txt',
        'RUN',
        "mkdir -p notes && ls -A > notes/files.md && date '+%F %T listed the files in notes/files.md' >> notes/log.md",
        'make an index and log it',
      ],
    ],
  },
  {
    goal: 'Which town comes up most in trips.csv? Save all of its rows in top.csv',
    steps: [
      [
        'trips.csv',
        'RUN',
        'cut -d, -f2 trips.csv | sort | uniq -c | sort -rn | head -n 1',
        'first find the town',
        '      2 Rome',
      ],
      ['trips.csv', 'RUN', "grep ',Rome$' trips.csv > top.csv", 'then keep its rows'],
      ['top.csv, trips.csv', 'STOP', 'Rome, and its rows are saved'],
    ],
  },
  {
    goal: 'Start a project shop with a README.md and an empty folder src, then list it',
    steps: [
      ['', 'RUN', "mkdir -p shop/src && echo '# Shop' > shop/README.md", 'make folders and file'],
      ['shop/, shop/README.md, shop/src/', 'RUN', 'ls shop', 'now list it', 'README.md\nsrc'],
      ['shop/, shop/README.md, shop/src/', 'STOP', 'shop is ready and listed'],
    ],
  },
  {
    goal: 'Correct recieve to receive in the .md files and tell me which files had it',
    steps: [
      ['a.md, b.md, c.md', 'RUN', 'grep -l recieve *.md', 'find the files before changing them', 'a.md\nc.md'],
      ['a.md, b.md, c.md', 'RUN', "sed -i 's/recieve/receive/g' *.md", 'now correct them'],
      ['a.md, b.md, c.md', 'STOP', 'a.md and c.md had it'],
    ],
  },
  {
    goal: 'Drop the duplicates in emails.txt and say how many lines are left',
    steps: [
      ['emails.txt', 'RUN', 'sort -u -o emails.txt emails.txt', '-o may be the same file'],
      ['emails.txt', 'RUN', 'wc -l < emails.txt', 'count what is left', '2'],
      ['emails.txt', 'STOP', '2 lines are left'],
    ],
  },
  {
    goal: 'Tidy up: remove empty files, then put the .jpg files into pics and the .txt files into texts',
    steps: [
      ['a.jpg, b.txt, c.jpg, none.txt', 'RUN', 'find . -type f -empty -delete', 'empty files go first'],
      ['a.jpg, b.txt, c.jpg', 'RUN', 'mkdir -p pics texts && mv *.jpg pics/ && mv *.txt texts/', 'then sort the rest'],
      ['pics/, texts/, pics/a.jpg, pics/c.jpg, texts/b.txt', 'STOP', 'All files are tidied'],
    ],
  },
  {
    goal: 'Sort the rows of data.csv but leave the heading on top; result in clean.csv',
    steps: [
      ['data.csv', 'RUN', 'head -n 1 data.csv > clean.csv', 'the heading comes first'],
      ['clean.csv, data.csv', 'RUN', 'tail -n +2 data.csv | sort >> clean.csv', 'append the sorted rows'],
      ['clean.csv, data.csv', 'STOP', 'clean.csv is written'],
    ],
  },
  {
    goal: 'Write a script count.sh that counts the .txt files, and run it',
    steps: [
      ['a.txt, b.txt', 'RUN', "echo 'ls *.txt | wc -l' > count.sh", 'write the script'],
      ['a.txt, b.txt, count.sh', 'RUN', 'bash count.sh', 'run it with bash', '2'],
      ['a.txt, b.txt, count.sh', 'STOP', 'It counts 2 files'],
    ],
  },
  {
    goal: 'Which log has the most ERROR lines? Copy it to worst.log',
    steps: [
      ['api.log, web.log', 'RUN', 'grep -c ERROR *.log', 'count them in each file', 'api.log:1\nweb.log:2'],
      ['api.log, web.log', 'RUN', 'cp web.log worst.log', 'web.log has more'],
      ['api.log, web.log, worst.log', 'STOP', 'worst.log is a copy of web.log'],
    ],
  },
  {
    goal: 'One file here is the contract. Rename it to contract.txt',
    steps: [
      ['doc1.txt, doc2.txt, doc3.txt', 'RUN', 'grep -il contract *.txt', 'look into the files first', 'doc2.txt'],
      ['doc1.txt, doc2.txt, doc3.txt', 'RUN', 'mv doc2.txt contract.txt', 'doc2.txt is the contract'],
      ['contract.txt, doc1.txt, doc3.txt', 'STOP', 'doc2.txt is contract.txt now'],
    ],
  },
  {
    goal: 'Follow plan.md from top to bottom',
    steps: [
      [
        'a.log, b.log, plan.md',
        'RUN',
        'cat plan.md',
        'read the plan first',
        '1. make the folder logs\n2. move all .log files there\n3. write their number to moved.txt',
      ],
      ['a.log, b.log, plan.md', 'RUN', 'mkdir -p logs && mv *.log logs/', 'points 1 and 2'],
      ['logs/, plan.md, logs/a.log, logs/b.log', 'RUN', 'ls logs | wc -l > moved.txt', 'point 3'],
      ['logs/, moved.txt, plan.md, logs/a.log, logs/b.log', 'STOP', 'All points are done'],
    ],
  },
  {
    goal: 'Set debug to true in app.conf and check that it worked',
    steps: [
      ['app.conf', 'RUN', "sed -i 's/^debug=.*/debug=true/' app.conf", 'change the debug line'],
      ['app.conf', 'RUN', "grep '^debug' app.conf", 'check the result', 'debug=true'],
      ['app.conf', 'STOP', 'debug is true'],
    ],
  },
  {
    goal: 'Save the name of the winner in winner.txt; the points are in league.txt',
    steps: [
      ['league.txt', 'RUN', 'head -n 2 league.txt', 'see how the lines look', 'Reds 12\nBlues 30'],
      [
        'league.txt',
        'RUN',
        "sort -k2,2nr league.txt | head -n 1 | cut -d' ' -f1 > winner.txt",
        'most points first, keep the name',
      ],
      ['league.txt, winner.txt', 'STOP', 'winner.txt holds the name'],
    ],
  },
];

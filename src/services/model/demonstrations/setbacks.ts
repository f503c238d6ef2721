import type { Scene } from './scene.ts';

/** The command before failed, printed nothing or never ended: now another one. */
export const setbacks: readonly Scene[] = [
  {
    goal: 'Show the text of journal.txt',
    before: { run: 'cat jornal.txt', exitCode: 1, stderr: 'cat: jornal.txt: No such file or directory' },
    steps: [
      ['journal.txt', 'RUN', 'cat journal.txt', 'the name was misspelt', 'Rain all day.'],
      ['journal.txt', 'STOP', 'The text is shown'],
    ],
  },
  {
    goal: 'Count the lines of invoice.txt',
    before: {
      run: 'wc -l < invoice.txt',
      exitCode: 1,
      stderr: '/bin/bash: line 1: invoice.txt: No such file or directory',
    },
    steps: [
      [
        'archive/, letters/, archive/2024/, archive/2024/may/',
        'RUN',
        'find . -name invoice.txt',
        'find out where it is',
        './archive/2024/may/paid/invoice.txt',
      ],
      [
        'archive/, letters/, archive/2024/, archive/2024/may/',
        'RUN',
        'wc -l < archive/2024/may/paid/invoice.txt',
        'use the path found',
        '4',
      ],
      ['archive/, letters/, archive/2024/, archive/2024/may/', 'STOP', 'invoice.txt has 4 lines'],
    ],
  },
  {
    goal: 'Delete the cache',
    before: { run: 'rm cache', exitCode: 1, stderr: "rm: cannot remove 'cache': Is a directory" },
    steps: [
      ['cache/, index.txt, cache/page.html', 'RUN', 'rm -r cache', 'a directory needs -r'],
      ['index.txt', 'STOP', 'The cache is gone'],
    ],
  },
  {
    goal: 'Make a copy of letters called letters-copy',
    before: {
      run: 'cp letters letters-copy',
      exitCode: 1,
      stderr: "cp: -r not specified; omitting directory 'letters'",
    },
    steps: [
      ['letters/, letters/ann.txt', 'RUN', 'cp -r letters letters-copy', 'a directory needs -r'],
      ['letters/, letters-copy/, letters/ann.txt, letters-copy/ann.txt', 'STOP', 'The copy is there'],
    ],
  },
  {
    goal: 'Move the .pdf files to papers',
    before: { run: 'mv *.pdf papers/', exitCode: 1, stderr: "mv: target 'papers/': No such file or directory" },
    steps: [
      ['one.pdf, two.pdf', 'RUN', 'mkdir -p papers && mv *.pdf papers/', 'papers has to be made first'],
      ['papers/, papers/one.pdf, papers/two.pdf', 'STOP', 'The .pdf files are in papers'],
    ],
  },
  {
    goal: 'Show what is new in events.log',
    before: {
      run: 'tail -f events.log',
      timeout: 'door open\ndoor shut',
    },
    steps: [
      ['events.log', 'RUN', 'tail -n 5 events.log', 'tail -f would never end', 'door open\ndoor shut'],
      ['events.log', 'STOP', 'The newest lines are shown'],
    ],
  },
  {
    goal: 'List what is in the reports folder',
    before: { run: 'ls report', exitCode: 2, stderr: "ls: cannot access 'report': No such file or directory" },
    steps: [
      ['reports/, reports/june.txt, reports/may.txt', 'RUN', 'ls reports', 'it is called reports', 'june.txt\nmay.txt'],
      ['reports/, reports/june.txt, reports/may.txt', 'STOP', 'Its files are listed'],
    ],
  },
  {
    goal: 'How long is story.txt, in lines?',
    before: {
      run: 'wc --line-count story.txt',
      exitCode: 1,
      stderr: "wc: unrecognized option '--line-count'\nTry 'wc --help' for more information.",
    },
    steps: [
      ['story.txt', 'RUN', 'wc -l < story.txt', 'the option is -l', '4'],
      ['story.txt', 'STOP', 'story.txt has 4 lines'],
    ],
  },
  {
    goal: 'Create the folder build with an empty file called .keep in it',
    before: {
      run: 'mkdir build && touch build/.keep',
      exitCode: 1,
      stderr: 'mkdir: cannot create directory ‘build’: File exists',
    },
    steps: [
      ['build/', 'RUN', 'touch build/.keep', 'the folder is there already'],
      ['build/, build/.keep', 'STOP', 'build has the file .keep'],
    ],
  },
  {
    goal: 'Show the errors in backup.log',
    before: { run: "grep 'error' backup.log", exitCode: 1, stderr: '' },
    steps: [
      [
        'backup.log',
        'RUN',
        'grep -i error backup.log',
        '-i ignores upper and lower case',
        'Error: no space\nERROR: stopped',
      ],
      ['backup.log', 'STOP', 'Both errors are shown'],
    ],
  },
  {
    goal: 'Where are the camera pictures (.jpg)?',
    before: { run: "find . -name '*.jpg'", exitCode: 0, stderr: '' },
    steps: [
      [
        'cam/, cam/DSC01.JPG, cam/old/, cam/old/DSC02.JPG',
        'RUN',
        "find . -iname '*.jpg' | sort",
        '-iname ignores case',
        './cam/DSC01.JPG\n./cam/old/DSC02.JPG',
      ],
      ['cam/, cam/DSC01.JPG, cam/old/, cam/old/DSC02.JPG', 'STOP', 'Both pictures are listed'],
    ],
  },
  {
    goal: 'Read me the letters',
    before: { run: 'cat letters', exitCode: 1, stderr: 'cat: letters: Is a directory' },
    steps: [
      [
        'letters/, letters/ann.txt, letters/bob.txt',
        'RUN',
        'cat letters/*.txt',
        'letters is a folder',
        'Dear Ann\nDear Bob',
      ],
      ['letters/, letters/ann.txt, letters/bob.txt', 'STOP', 'Both letters are shown'],
    ],
  },
  {
    goal: 'Remove the junk folder',
    before: { run: 'rmdir junk', exitCode: 1, stderr: "rmdir: failed to remove 'junk': Directory not empty" },
    steps: [
      ['junk/, new.txt, junk/a.txt', 'RUN', 'rm -r junk', 'rmdir takes only empty folders'],
      ['new.txt', 'STOP', 'junk is gone'],
    ],
  },
  {
    goal: 'Unpack photos.tar',
    before: { run: 'gunzip photos.tar', exitCode: 2, stderr: 'gzip: photos.tar: unknown suffix -- ignored' },
    steps: [
      ['photos.tar', 'RUN', 'tar -xf photos.tar', 'a .tar is for tar'],
      ['photos/, photos.tar, photos/a.jpg', 'STOP', 'photos is unpacked'],
    ],
  },
  {
    goal: 'Delete the file old plan.txt',
    before: {
      run: 'rm old plan.txt',
      exitCode: 1,
      stderr:
        "rm: cannot remove 'old': No such file or directory\nrm: cannot remove 'plan.txt': No such file or directory",
    },
    steps: [
      ['new plan.txt, old plan.txt', 'RUN', "rm 'old plan.txt'", 'a name with a blank needs quotes'],
      ['new plan.txt', 'STOP', 'The file is deleted'],
    ],
  },
  {
    goal: 'Keep a copy of thesis.txt in the folder safe',
    before: {
      run: 'cp thesis.txt safe/thesis.txt',
      exitCode: 1,
      stderr: "cp: cannot create regular file 'safe/thesis.txt': No such file or directory",
    },
    steps: [
      ['thesis.txt', 'RUN', 'mkdir -p safe && cp thesis.txt safe/', 'safe has to be made first'],
      ['safe/, thesis.txt, safe/thesis.txt', 'STOP', 'The copy is in safe'],
    ],
  },
  {
    goal: 'Change width to 80 in settings.ini',
    before: {
      run: "sed -i 's/^width=.*/width=80/' setings.ini",
      exitCode: 2,
      stderr: "sed: can't read setings.ini: No such file or directory",
    },
    steps: [
      ['settings.ini', 'RUN', "sed -i 's/^width=.*/width=80/' settings.ini", 'the name was misspelt'],
      ['settings.ini', 'STOP', 'width is 80'],
    ],
  },
  {
    goal: 'In paths.conf, /var/log should become /srv/log',
    before: {
      run: "sed -i 's//var/log//srv/log/g' paths.conf",
      exitCode: 1,
      stderr: "sed: -e expression #1, char 8: unknown option to `s'",
    },
    steps: [
      ['paths.conf', 'RUN', "sed -i 's|/var/log|/srv/log|g' paths.conf", '| because the paths have slashes'],
      ['paths.conf', 'STOP', 'The path is changed'],
    ],
  },
  {
    goal: 'Order tariff.txt by its second field; the fields are separated by ;',
    before: {
      run: 'sort -k2,2n -t; tariff.txt',
      exitCode: 127,
      stderr:
        "sort: option requires an argument -- 't'\nTry 'sort --help' for more information.\n/bin/bash: line 1: tariff.txt: command not found",
    },
    steps: [
      ['tariff.txt', 'RUN', "sort -t';' -k2,2n tariff.txt", 'quote the ; for the shell', 'night;9\nnoon;12\nday;15'],
      ['tariff.txt', 'STOP', 'tariff.txt is shown in order'],
    ],
  },
  {
    goal: 'How many lamps are in stock.txt?',
    before: { run: 'gerp -c lamp stock.txt', exitCode: 127, stderr: '/bin/bash: line 1: gerp: command not found' },
    steps: [
      ['stock.txt', 'RUN', 'grep -c lamp stock.txt', 'it is spelt grep', '2'],
      ['stock.txt', 'STOP', 'There are 2 lamps'],
    ],
  },
  {
    goal: 'Put the photos into album',
    before: { run: 'mv *.jpeg album/', exitCode: 1, stderr: "mv: cannot stat '*.jpeg': No such file or directory" },
    steps: [
      ['a.jpg, album/, b.jpg', 'RUN', 'mv *.jpg album/', 'they end in .jpg'],
      ['album/, album/a.jpg, album/b.jpg', 'STOP', 'The photos are in album'],
    ],
  },
  {
    goal: 'Find the line with the word password',
    before: { run: 'grep password *', exitCode: 2, stderr: 'grep: etc: Is a directory' },
    steps: [
      [
        'etc/, readme.txt, etc/app.conf',
        'RUN',
        'grep -rn password .',
        'grep -r searches all files',
        './etc/app.conf:2:password=none',
      ],
      ['etc/, readme.txt, etc/app.conf', 'STOP', 'It is in etc/app.conf'],
    ],
  },
  {
    goal: 'Show the settings of the app',
    steps: [
      ['readme.txt, srv/, srv/app/, srv/app/etc/', 'RUN', "find . -iname '*settings*'", 'find out where they are'],
      [
        'readme.txt, srv/, srv/app/, srv/app/etc/',
        'RUN',
        "find . -iname '*conf*'",
        'nothing found: try another name',
        './srv/app/etc/main/config.toml',
      ],
      [
        'readme.txt, srv/, srv/app/, srv/app/etc/',
        'RUN',
        'cat srv/app/etc/main/config.toml',
        'that is the file',
        'theme = "dark"',
      ],
      ['readme.txt, srv/, srv/app/, srv/app/etc/', 'STOP', 'The settings are shown'],
    ],
  },
  {
    goal: 'Is Ida in the address books?',
    steps: [
      ['books/, books/home.txt, books/work.txt', 'RUN', 'grep -rn Ida books', 'search all of them', '', 1],
      [
        'books/, books/home.txt, books/work.txt',
        'RUN',
        'grep -rni ida books',
        'no match: ignore the case',
        'books/home.txt:1:ida 555-2010',
      ],
      ['books/, books/home.txt, books/work.txt', 'STOP', 'Yes, in books/home.txt'],
    ],
  },
  {
    goal: 'Add up the amounts in bills.csv',
    steps: [
      ['bills.csv', 'RUN', "awk -F, '{ sum += $2 } END { print sum }' bills.csv", 'add up the second column', '0'],
      ['bills.csv', 'RUN', 'head -n 2 bills.csv', '0 is wrong: look at the file', 'rent;700\ngas;60'],
      [
        'bills.csv',
        'RUN',
        "awk -F';' '{ sum += $2 } END { print sum }' bills.csv",
        'the columns are separated by ;',
        '760',
      ],
      ['bills.csv', 'STOP', 'The sum is 760'],
    ],
  },
];

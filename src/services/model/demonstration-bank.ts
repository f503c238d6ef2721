// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the commands are bash's.

/**
 * A goal of everyday shell work and the decisions that reach it, one after another. What one step prints is what the
 * next one is shown. The test in test/security runs every command and compares each listing and each output.
 */
export interface Scene {
  readonly goal: string;
  /** What went wrong before the first step: shown as its last result, and never as an answer to copy. */
  readonly before?: Failure;
  readonly steps: readonly Step[];
}

/**
 * `files` is the listing that the step sees, names separated by `, `. A command without a word about it prints nothing
 * and exits with 0. Outputs leave out their final newline.
 */
export type Step =
  | readonly [files: string, action: 'RUN', command: string, note: string, stdout?: string, exitCode?: number]
  | readonly [files: string, action: 'SLEEP', sleepMs: number, note: string]
  | readonly [files: string, action: 'STOP', note: string];

export type Failure = { readonly run: string } & (
  | { readonly exitCode: number; readonly stderr: string }
  /** What the policy said. */
  | { readonly denied: string }
  /** What it had printed when it was killed. */
  | { readonly timeout: string }
);

/** Where two scenes fit a goal equally well, the earlier one is taken: hence the most general ones first. */
export const SCENES: readonly Scene[] = [
  // ---- Write and append ----
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

  // ---- Count ----
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

  // ---- Show and find ----
  {
    goal: 'Show the last 2 lines of server.log',
    steps: [
      ['server.log', 'RUN', 'tail -n 2 server.log', 'tail prints the last lines', '10:02 request\n10:03 stop'],
      ['server.log', 'STOP', 'The last two lines are shown'],
    ],
  },
  {
    goal: 'Print lines 2 to 4 of recipe.txt',
    steps: [
      ['recipe.txt', 'RUN', "sed -n '2,4p' recipe.txt", 'sed -n prints a range', 'flour\nsugar\neggs'],
      ['recipe.txt', 'STOP', 'Lines 2 to 4 are shown'],
    ],
  },
  {
    goal: 'Show the lines of todo.md that contain urgent, with their line numbers',
    steps: [
      [
        'todo.md',
        'RUN',
        'grep -n urgent todo.md',
        'grep -n adds line numbers',
        '1:urgent: call Eva\n3:urgent: pay rent',
      ],
      ['todo.md', 'STOP', 'The urgent lines are shown'],
    ],
  },
  {
    goal: 'Save all lines of access.log that have status 404 in missing.txt',
    steps: [
      ['access.log', 'RUN', "grep ' 404$' access.log > missing.txt", 'grep keeps lines that match'],
      ['access.log, missing.txt', 'STOP', 'missing.txt holds the lines'],
    ],
  },
  {
    goal: 'Which files under src mention the word parser?',
    steps: [
      [
        'src/, src/io.c, src/main.c, src/tree.c',
        'RUN',
        'grep -rlw parser src | sort',
        'grep -l prints file names',
        'src/main.c\nsrc/tree.c',
      ],
      ['src/, src/io.c, src/main.c, src/tree.c', 'STOP', 'Two files mention parser'],
    ],
  },
  {
    goal: 'Is there a line with FIXME in main.c?',
    steps: [
      ['main.c', 'RUN', 'grep -n FIXME main.c', 'grep exits 1 without a match', '', 1],
      ['main.c', 'STOP', 'main.c has no FIXME'],
    ],
  },
  {
    goal: 'List the hidden files of this folder',
    steps: [
      [
        '.config, .history, notes.txt',
        'RUN',
        "ls -A | grep '^\\.'",
        'hidden names begin with a dot',
        '.config\n.history',
      ],
      ['.config, .history, notes.txt', 'STOP', 'The hidden files are listed'],
    ],
  },
  {
    goal: 'Show the 2 largest files in this folder',
    steps: [
      [
        'intro.txt, movie.txt, song.txt',
        'RUN',
        'ls -S | head -n 2',
        'ls -S puts the largest first',
        'movie.txt\nsong.txt',
      ],
      ['intro.txt, movie.txt, song.txt', 'STOP', 'The two largest are shown'],
    ],
  },
  {
    goal: 'Find the biggest file anywhere under media and write its path to biggest.txt',
    steps: [
      [
        'media/, media/a.mp3, media/film/, media/film/b.mp4, media/film/c.mp4',
        'RUN',
        'find media -type f -exec ls -S {} + | head -n 1 > biggest.txt',
        'ls -S sorts by size',
      ],
      [
        'biggest.txt, media/, media/a.mp3, media/film/, media/film/b.mp4, media/film/c.mp4',
        'STOP',
        'biggest.txt holds the path',
      ],
    ],
  },
  {
    goal: 'Find files larger than 10 kilobytes',
    steps: [
      [
        'data/, small.txt, data/big.bin, data/tiny.bin',
        'RUN',
        'find . -type f -size +10k',
        '-size +10k means larger',
        './data/big.bin',
      ],
      ['data/, small.txt, data/big.bin, data/tiny.bin', 'STOP', 'One file is larger'],
    ],
  },
  {
    goal: 'List the files that were changed in the last 24 hours',
    steps: [
      ['new.txt, old.txt', 'RUN', 'find . -type f -mtime -1', '-mtime -1 is the last day', './new.txt'],
      ['new.txt, old.txt', 'STOP', 'The changed file is listed'],
    ],
  },
  {
    goal: 'How much disk space does the folder data use?',
    steps: [
      ['data/, data/a.bin, data/b.bin', 'RUN', 'du -sh data', 'du -s gives one total', '12K\tdata'],
      ['data/, data/a.bin, data/b.bin', 'STOP', 'data uses 12K'],
    ],
  },
  {
    goal: 'Find files under pics that have the same content',
    steps: [
      [
        'pics/, pics/a.jpg, pics/b.jpg, pics/copy.jpg',
        'RUN',
        'find pics -type f -exec md5sum {} + | sort | uniq -w 32 -D',
        'equal files have equal sums',
        '88eb60614bb67782bd8c18afb4438329  pics/a.jpg\n88eb60614bb67782bd8c18afb4438329  pics/copy.jpg',
      ],
      ['pics/, pics/a.jpg, pics/b.jpg, pics/copy.jpg', 'STOP', 'a.jpg and copy.jpg are equal'],
    ],
  },

  // ---- Move, copy, rename, delete ----
  {
    goal: 'Copy all .csv files into a folder called backup',
    steps: [
      ['june.csv, may.csv, note.txt', 'RUN', 'mkdir -p backup && cp *.csv backup/', 'the folder first, then copy'],
      ['backup/, june.csv, may.csv, note.txt, backup/june.csv, backup/may.csv', 'STOP', 'The copies are in backup'],
    ],
  },
  {
    goal: 'Copy letter.txt to letter-copy.txt',
    steps: [
      ['letter.txt', 'RUN', 'cp letter.txt letter-copy.txt', 'cp copies a file'],
      ['letter-copy.txt, letter.txt', 'STOP', 'The copy is made'],
    ],
  },
  {
    goal: 'Rename draft.txt to final.txt',
    steps: [
      ['draft.txt', 'RUN', 'mv draft.txt final.txt', 'mv renames a file'],
      ['final.txt', 'STOP', 'It is called final.txt now'],
    ],
  },
  {
    goal: 'Rename every .jpeg file so that it ends in .jpg',
    steps: [
      [
        'lake.jpeg, sea.jpeg, text.txt',
        'RUN',
        'for f in *.jpeg; do mv "$f" "${f%.jpeg}.jpg"; done',
        '% cuts off the old ending',
      ],
      ['lake.jpg, sea.jpg, text.txt', 'STOP', 'Both files end in .jpg'],
    ],
  },
  {
    goal: 'Put old- in front of the name of every .txt file',
    steps: [
      ['a.txt, b.txt', 'RUN', 'for f in *.txt; do mv "$f" "old-$f"; done', 'rename them one by one'],
      ['old-a.txt, old-b.txt', 'STOP', 'Every name begins with old-'],
    ],
  },
  {
    goal: 'Replace the spaces in all file names with underscores',
    steps: [
      ['my notes.txt, to do.txt', 'RUN', 'for f in *\' \'*; do mv "$f" "${f// /_}"; done', '// replaces every space'],
      ['my_notes.txt, to_do.txt', 'STOP', 'No name has a space now'],
    ],
  },
  {
    goal: 'Sort the files into folders named after their extension',
    steps: [
      [
        'a.txt, b.txt, c.csv',
        'RUN',
        'for f in *.*; do mkdir -p "${f##*.}" && mv "$f" "${f##*.}/"; done',
        '## keeps only the extension',
      ],
      ['csv/, txt/, csv/c.csv, txt/a.txt, txt/b.txt', 'STOP', 'Each file is in its folder'],
    ],
  },
  {
    goal: 'Delete all .tmp files in this folder',
    steps: [
      ['keep.txt, x.tmp, y.tmp', 'RUN', 'rm *.tmp', 'only names that end in .tmp'],
      ['keep.txt', 'STOP', 'The .tmp files are gone'],
    ],
  },
  {
    goal: 'Delete the empty files below drafts',
    steps: [
      [
        'drafts/, drafts/old/, drafts/one.txt, drafts/two.txt, drafts/old/three.txt',
        'RUN',
        'find drafts -type f -empty -delete',
        '-empty means no content',
      ],
      ['drafts/, drafts/old/, drafts/one.txt', 'STOP', 'The empty files are gone'],
    ],
  },

  // ---- Change text ----
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

  // ---- Columns and numbers ----
  {
    goal: 'Print the second column of people.csv',
    steps: [
      ['people.csv', 'RUN', 'cut -d, -f2 people.csv', 'cut -d, splits at commas', 'Rome\nOslo\nLima'],
      ['people.csv', 'STOP', 'The second column is shown'],
    ],
  },
  {
    goal: 'Add up the third column of sales.csv and write the sum to sum.txt',
    steps: [
      ['sales.csv', 'RUN', "awk -F, '{ sum += $3 } END { print sum }' sales.csv > sum.txt", 'awk adds up a column'],
      ['sales.csv, sum.txt', 'STOP', 'sum.txt holds the sum'],
    ],
  },
  {
    goal: 'Find the longest line of verses.txt and save it in longest.txt',
    steps: [
      [
        'verses.txt',
        'RUN',
        "awk 'length > max { max = length; line = $0 } END { print line }' verses.txt > longest.txt",
        'awk remembers the longest line',
      ],
      ['longest.txt, verses.txt', 'STOP', 'longest.txt holds the line'],
    ],
  },
  {
    goal: 'Which is the highest number in temperatures.txt?',
    steps: [
      ['temperatures.txt', 'RUN', 'sort -n temperatures.txt | tail -n 1', 'the last one is the highest', '31'],
      ['temperatures.txt', 'STOP', 'The highest number is 31'],
    ],
  },
  {
    goal: 'Show the people in scores.csv who have more than 50 points',
    steps: [
      ['scores.csv', 'RUN', "awk -F, '$2 > 50 { print $1 }' scores.csv", '$2 is the second column', 'Ines\nOlaf'],
      ['scores.csv', 'STOP', 'Ines and Olaf are shown'],
    ],
  },
  {
    goal: 'Write the different addresses in the first column of visits.log to visitors.txt, sorted',
    steps: [
      ['visits.log', 'RUN', "awk '{ print $1 }' visits.log | sort -u > visitors.txt", 'sort -u drops repeated lines'],
      ['visitors.txt, visits.log', 'STOP', 'visitors.txt is written'],
    ],
  },
  {
    goal: 'What is the average age in team.csv?',
    steps: [
      ['team.csv', 'RUN', 'head -n 2 team.csv', 'look at the columns first', 'name,age\nAda,30'],
      [
        'team.csv',
        'RUN',
        "awk -F, 'NR > 1 { sum += $2; n++ } END { print sum / n }' team.csv",
        'skip the heading',
        '35',
      ],
      ['team.csv', 'STOP', 'The average age is 35'],
    ],
  },

  // ---- Sort, combine, compare ----
  {
    goal: 'Sort cities.txt alphabetically into sorted.txt',
    steps: [
      ['cities.txt', 'RUN', 'sort cities.txt > sorted.txt', 'sort orders lines'],
      ['cities.txt, sorted.txt', 'STOP', 'sorted.txt is written'],
    ],
  },
  {
    goal: 'Sort stock.csv by the number in its second column, largest first, into ordered.csv',
    steps: [
      ['stock.csv', 'RUN', 'sort -t, -k2,2nr stock.csv > ordered.csv', 'k2 column, n number, r reverse'],
      ['ordered.csv, stock.csv', 'STOP', 'ordered.csv is written'],
    ],
  },
  {
    goal: 'Merge list-a.txt and list-b.txt into all.txt, sorted and without duplicates',
    steps: [
      ['list-a.txt, list-b.txt', 'RUN', 'sort -u list-a.txt list-b.txt > all.txt', 'sort -u takes several files'],
      ['all.txt, list-a.txt, list-b.txt', 'STOP', 'all.txt is written'],
    ],
  },
  {
    goal: 'Remove duplicate lines from guests.txt but keep their order, and save the result in unique.txt',
    steps: [
      ['guests.txt', 'RUN', "awk '!seen[$0]++' guests.txt > unique.txt", 'keep each line the first time'],
      ['guests.txt, unique.txt', 'STOP', 'unique.txt is written'],
    ],
  },
  {
    goal: 'Join chapter-1.txt, chapter-2.txt and chapter-3.txt into book.txt',
    steps: [
      ['chapter-1.txt, chapter-2.txt, chapter-3.txt', 'RUN', 'cat chapter-*.txt > book.txt', 'cat puts files together'],
      ['book.txt, chapter-1.txt, chapter-2.txt, chapter-3.txt', 'STOP', 'book.txt is written'],
    ],
  },
  {
    goal: 'Put the lines of first.txt and last.txt side by side in full.txt',
    steps: [
      ['first.txt, last.txt', 'RUN', "paste -d ' ' first.txt last.txt > full.txt", 'paste joins line by line'],
      ['first.txt, full.txt, last.txt', 'STOP', 'full.txt is written'],
    ],
  },
  {
    goal: 'Combine ages.csv and towns.csv by their first column into joined.csv; both are sorted',
    steps: [
      ['ages.csv, towns.csv', 'RUN', 'join -t, ages.csv towns.csv > joined.csv', 'join matches the first column'],
      ['ages.csv, joined.csv, towns.csv', 'STOP', 'joined.csv is written'],
    ],
  },
  {
    goal: 'Which names are in both club.txt and choir.txt? Both lists are sorted',
    steps: [
      ['choir.txt, club.txt', 'RUN', 'comm -12 club.txt choir.txt', 'comm -12 keeps common lines', 'Ben\nEva'],
      ['choir.txt, club.txt', 'STOP', 'Ben and Eva are in both'],
    ],
  },
  {
    goal: 'Save the differences between old.conf and new.conf in changes.diff',
    steps: [
      ['new.conf, old.conf', 'RUN', 'diff old.conf new.conf > changes.diff', 'exit 1 means they differ', '', 1],
      ['changes.diff, new.conf, old.conf', 'STOP', 'changes.diff holds the differences'],
    ],
  },

  // ---- Archives ----
  {
    goal: 'Pack the folder docs into docs.tar.gz',
    steps: [
      ['docs/, docs/a.md', 'RUN', 'tar -czf docs.tar.gz docs', 'c create, z gzip, f file'],
      ['docs/, docs.tar.gz, docs/a.md', 'STOP', 'docs.tar.gz is written'],
    ],
  },
  {
    goal: 'Unpack songs.tar.gz',
    steps: [
      ['songs.tar.gz', 'RUN', 'tar -xzf songs.tar.gz', 'x extracts'],
      ['songs/, songs.tar.gz, songs/blue.txt', 'STOP', 'The folder songs is unpacked'],
    ],
  },
  {
    goal: 'Compress diary.txt with gzip',
    steps: [
      ['diary.txt', 'RUN', 'gzip diary.txt', 'gzip replaces the file'],
      ['diary.txt.gz', 'STOP', 'diary.txt.gz is there'],
    ],
  },

  // ---- Several steps ----
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

  // ---- When something went wrong ----
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
    goal: 'Print the value of version in package.json',
    before: {
      run: "python3 -c \"import json; print(json.load(open('package.json'))['version'])\"",
      denied: 'python3 is not allowed here. Use shell tools instead.',
    },
    steps: [
      [
        'package.json',
        'RUN',
        'sed -n \'s/.*"version": "\\([^"]*\\)".*/\\1/p\' package.json',
        'sed can do it too',
        '2.4.1',
      ],
      ['package.json', 'STOP', 'The version is 2.4.1'],
    ],
  },
  {
    goal: 'Download the page example.org into page.html',
    before: { run: 'curl -o page.html example.org', denied: 'curl is not allowed here. There is no network.' },
    steps: [['', 'STOP', 'Not possible: there is no network']],
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

  // ---- Wait ----
  {
    goal: 'Wait one minute, then write done to status.txt',
    steps: [
      ['', 'SLEEP', 60000, 'one minute is 60000 ms'],
      ['', 'RUN', 'echo done > status.txt', 'the minute is over'],
      ['status.txt', 'STOP', 'status.txt is written'],
    ],
  },
  {
    goal: 'Wait until ready.txt is there, look every 30 seconds, then show it',
    steps: [
      ['', 'SLEEP', 30000, 'ready.txt is not there yet'],
      ['ready.txt', 'RUN', 'cat ready.txt', 'now it is there', 'go'],
      ['ready.txt', 'STOP', 'ready.txt is shown'],
    ],
  },
];

import type { Scene } from './scene.ts';

/** Finding files by name, type, size, age, depth and content, and doing something with them. */
export const finding: readonly Scene[] = [
  {
    goal: 'Find the file ticket.pdf',
    steps: [
      [
        'todo.txt, trips/, trips/rome/, trips/rome/ticket.pdf',
        'RUN',
        'find . -name ticket.pdf',
        'find prints its path',
        './trips/rome/ticket.pdf',
      ],
      ['todo.txt, trips/, trips/rome/, trips/rome/ticket.pdf', 'STOP', 'It is trips/rome/ticket.pdf'],
    ],
  },
  {
    goal: 'Find the files larger than 100 kB and delete them',
    steps: [
      [
        'a.log, old/, video.mp4, old/dump.bin',
        'RUN',
        'find . -type f -size +100k -delete',
        '-delete removes what is found',
      ],
      ['a.log, old/', 'STOP', 'The large files are gone'],
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
  {
    goal: 'Where are the markdown files? Look everywhere below here',
    steps: [
      [
        'README.md, docs/, src/, docs/api/, docs/setup.md, src/app.js, docs/api/calls.md',
        'RUN',
        "find . -type f -name '*.md' | sort",
        'sort puts the paths in order',
        './README.md\n./docs/api/calls.md\n./docs/setup.md',
      ],
      [
        'README.md, docs/, src/, docs/api/, docs/setup.md, src/app.js, docs/api/calls.md',
        'STOP',
        'Three markdown files are listed',
      ],
    ],
  },
  {
    goal: 'Are there empty directories below projects?',
    steps: [
      [
        'projects/, projects/new/, projects/site/, projects/site/img/, projects/site/index.html',
        'RUN',
        'find projects -type d -empty | sort',
        '-type d -empty finds them',
        'projects/new\nprojects/site/img',
      ],
      [
        'projects/, projects/new/, projects/site/, projects/site/img/, projects/site/index.html',
        'STOP',
        'Two of them are empty',
      ],
    ],
  },
  {
    goal: 'List all pictures, .jpg as well as .png, upper or lower case',
    steps: [
      [
        'cover.PNG, holiday/, holiday/MAP.JPG, holiday/beach.jpg, holiday/plan.txt',
        'RUN',
        "find . -type f \\( -iname '*.jpg' -o -iname '*.png' \\) | sort",
        '-o means or, -iname ignores case',
        './cover.PNG\n./holiday/MAP.JPG\n./holiday/beach.jpg',
      ],
      ['cover.PNG, holiday/, holiday/MAP.JPG, holiday/beach.jpg, holiday/plan.txt', 'STOP', 'All pictures are listed'],
    ],
  },
  {
    goal: 'Delete the .bak files under archive that are older than 30 days',
    steps: [
      [
        'archive/, archive/2023/, archive/a.bak, archive/new.bak, archive/old.txt, archive/2023/b.bak',
        'RUN',
        "find archive -type f -name '*.bak' -mtime +30 -delete",
        '-mtime +30 is more than 30 days',
      ],
      ['archive/, archive/2023/, archive/new.bak, archive/old.txt', 'STOP', 'Only the old ones are gone'],
    ],
  },
  {
    goal: 'Which .txt files below here contain the word invoice?',
    steps: [
      [
        'inbox/, misc/, inbox/april.txt, inbox/march.txt, misc/bill.txt, misc/invoice.md',
        'RUN',
        "grep -rl --include='*.txt' invoice . | sort",
        'grep -r searches, --include picks names',
        './inbox/march.txt\n./misc/bill.txt',
      ],
      [
        'inbox/, misc/, inbox/april.txt, inbox/march.txt, misc/bill.txt, misc/invoice.md',
        'STOP',
        'Two files contain it',
      ],
    ],
  },
  {
    goal: 'show me the port in each config.yml, however deep it lies',
    steps: [
      [
        'api/, web/, api/config.yml, web/front/, web/notes.yml, web/front/config.yml',
        'RUN',
        'find . -name config.yml -exec grep -H port {} + | sort',
        'grep -H adds the file name',
        './api/config.yml:port: 8080\n./web/front/config.yml:port: 3000',
      ],
      ['api/, web/, api/config.yml, web/front/, web/notes.yml, web/front/config.yml', 'STOP', 'Both ports are shown'],
    ],
  },
  {
    goal: 'Collect all .pdf files from inbox and its subfolders in a folder pdfs; leave the originals',
    steps: [
      [
        'inbox/, inbox/a.pdf, inbox/june/, inbox/june/b.pdf, inbox/june/c.txt',
        'RUN',
        "mkdir -p pdfs && find inbox -name '*.pdf' -exec cp {} pdfs/ \\;",
        '-exec copies each one',
      ],
      [
        'inbox/, pdfs/, inbox/a.pdf, inbox/june/, pdfs/a.pdf, pdfs/b.pdf, inbox/june/b.pdf, inbox/june/c.txt',
        'STOP',
        'The copies are in pdfs',
      ],
    ],
  },
  {
    goal: 'How many lines do all .py files have together? Include subfolders',
    steps: [
      [
        'lib/, main.py, lib/README, lib/io.py, lib/net/, lib/net/tcp.py',
        'RUN',
        "find . -name '*.py' -exec cat {} + | wc -l",
        'put them together, count the lines',
        '7',
      ],
      ['lib/, main.py, lib/README, lib/io.py, lib/net/, lib/net/tcp.py', 'STOP', 'They have 7 lines'],
    ],
  },
  {
    goal: 'Get rid of every __pycache__ folder',
    steps: [
      [
        'app/, app/__pycache__/, app/lib/, app/main.py, app/__pycache__/a.pyc, app/lib/__pycache__/',
        'RUN',
        'find . -type d -name __pycache__ -prune -exec rm -r {} +',
        '-prune does not go into them',
      ],
      ['app/, app/lib/, app/main.py', 'STOP', 'All of them are gone'],
    ],
  },
  {
    goal: 'Remove the files in thumbs that are smaller than 100 bytes',
    steps: [
      [
        'thumbs/, thumbs/big.png, thumbs/dot.png, thumbs/icon.png',
        'RUN',
        'find thumbs -type f -size -100c -delete',
        'c counts bytes, - means less',
      ],
      ['thumbs/, thumbs/big.png', 'STOP', 'Only big.png is left'],
    ],
  },
  {
    goal: 'Look for index.html, but not deeper than two levels',
    steps: [
      [
        'blog/, index.html, blog/2026/, blog/index.html, blog/2026/index.html',
        'RUN',
        'find . -maxdepth 2 -name index.html | sort',
        '-maxdepth 2 stops there',
        './blog/index.html\n./index.html',
      ],
      ['blog/, index.html, blog/2026/, blog/index.html, blog/2026/index.html', 'STOP', 'Two of them are listed'],
    ],
  },
  {
    goal: 'How many lines does each .txt file below diary have? Some of the names contain spaces',
    steps: [
      [
        'diary/, diary/cover.png, diary/my day.txt, diary/trip/, diary/trip/to rome.txt',
        'RUN',
        "find diary -name '*.txt' -print0 | xargs -0 wc -l",
        '-print0 and -0 keep blanks',
        ' 1 diary/trip/to rome.txt\n 2 diary/my day.txt\n 3 total',
      ],
      [
        'diary/, diary/cover.png, diary/my day.txt, diary/trip/, diary/trip/to rome.txt',
        'STOP',
        'The counts are shown',
      ],
    ],
  },
  {
    goal: 'What are the 2 newest files in reports?',
    steps: [
      [
        'reports/, reports/april.txt, reports/june.txt, reports/may.txt',
        'RUN',
        'ls -t reports | head -n 2',
        'ls -t puts the newest first',
        'june.txt\nmay.txt',
      ],
      ['reports/, reports/april.txt, reports/june.txt, reports/may.txt', 'STOP', 'june.txt and may.txt are the newest'],
    ],
  },
  {
    goal: 'Which file anywhere under logs was changed last?',
    steps: [
      [
        'logs/, logs/api/, logs/c.log, logs/web/, logs/api/a.log, logs/web/b.log',
        'RUN',
        "find logs -type f -printf '%T@ %p\\n' | sort -n | tail -n 1 | cut -d' ' -f2-",
        '%T@ is the time as a number',
        'logs/web/b.log',
      ],
      [
        'logs/, logs/api/, logs/c.log, logs/web/, logs/api/a.log, logs/web/b.log',
        'STOP',
        'logs/web/b.log is the newest',
      ],
    ],
  },
  {
    goal: 'List the size in bytes and the path of all files, biggest first',
    steps: [
      [
        'data/, run.sh, data/raw.csv, data/tmp/, data/tmp/part.csv',
        'RUN',
        "find . -type f -printf '%s %p\\n' | sort -rn",
        '%s is the size, %p the path',
        '500 ./data/raw.csv\n90 ./data/tmp/part.csv\n12 ./run.sh',
      ],
      ['data/, run.sh, data/raw.csv, data/tmp/, data/tmp/part.csv', 'STOP', 'The sizes are shown'],
    ],
  },
  {
    goal: 'Which files here are not .txt files?',
    steps: [
      [
        'a.txt, b.csv, sub/, sub/c.txt, sub/d.png',
        'RUN',
        "find . -type f ! -name '*.txt' | sort",
        '! turns the test around',
        './b.csv\n./sub/d.png',
      ],
      ['a.txt, b.csv, sub/, sub/c.txt, sub/d.png', 'STOP', 'Two files are not .txt'],
    ],
  },
  {
    goal: 'In all .env files below services, replace localhost with db.internal',
    steps: [
      [
        'services/, services/api/, services/web/, services/api/prod.env, services/web/note.txt, services/web/prod.env',
        'RUN',
        "find services -name '*.env' -exec sed -i 's/localhost/db.internal/g' {} +",
        'sed -i changes all files found',
      ],
      [
        'services/, services/api/, services/web/, services/api/prod.env, services/web/note.txt, services/web/prod.env',
        'STOP',
        'All .env files are changed',
      ],
    ],
  },
  {
    goal: 'Search src for TODO: file, line number and text, please',
    steps: [
      [
        'src/, src/main.c, src/net/, src/net/tcp.c, src/net/udp.c',
        'RUN',
        'grep -rn TODO src | sort',
        'grep -rn shows file and line',
        'src/main.c:2:// TODO: free it\nsrc/net/tcp.c:1:// TODO: retry',
      ],
      ['src/, src/main.c, src/net/, src/net/tcp.c, src/net/udp.c', 'STOP', 'Both TODO lines are shown'],
    ],
  },
  {
    goal: 'Which .conf files have no line about timeout?',
    steps: [
      [
        'api.conf, db.conf, web.conf',
        'RUN',
        'grep -L timeout *.conf',
        'grep -L names files without a match',
        'db.conf',
      ],
      ['api.conf, db.conf, web.conf', 'STOP', 'Only db.conf has none'],
    ],
  },
  {
    goal: 'Find all files with a space in their name',
    steps: [
      [
        'my song.mp3, old/, tune.mp3, old/last waltz.mp3',
        'RUN',
        "find . -type f -name '* *' | sort",
        "'* *' matches a blank",
        './my song.mp3\n./old/last waltz.mp3',
      ],
      ['my song.mp3, old/, tune.mp3, old/last waltz.mp3', 'STOP', 'Both files are listed'],
    ],
  },
  {
    goal: 'Move what is older than a week from downloads to old-downloads',
    steps: [
      [
        'downloads/, downloads/setup.bin, downloads/ticket.pdf, downloads/today.txt',
        'RUN',
        'mkdir -p old-downloads && find downloads -type f -mtime +7 -exec mv {} old-downloads/ \\;',
        '-mtime +7 is more than a week',
      ],
      [
        'downloads/, old-downloads/, downloads/today.txt, old-downloads/setup.bin, old-downloads/ticket.pdf',
        'STOP',
        'The old files are moved',
      ],
    ],
  },
  {
    goal: 'Save the paths of all files below site, sorted, in manifest.txt',
    steps: [
      [
        'site/, site/css/, site/img/, site/index.html, site/css/main.css, site/img/a.png',
        'RUN',
        'find site -type f | sort > manifest.txt',
        '-type f leaves out directories',
      ],
      [
        'manifest.txt, site/, site/css/, site/img/, site/index.html, site/css/main.css, site/img/a.png',
        'STOP',
        'manifest.txt lists all files',
      ],
    ],
  },
  {
    goal: 'One of these files mentions the treasure. Which one? Show it to me',
    steps: [
      [
        'map/, map/east.txt, map/north/, map/west.txt, map/north/cave.txt',
        'RUN',
        'grep -rl treasure .',
        'find the file first',
        './map/north/cave.txt',
      ],
      [
        'map/, map/east.txt, map/north/, map/west.txt, map/north/cave.txt',
        'RUN',
        'cat map/north/cave.txt',
        'now show it',
        'The treasure lies here.\nDig.',
      ],
      ['map/, map/east.txt, map/north/, map/west.txt, map/north/cave.txt', 'STOP', 'cave.txt is shown'],
    ],
  },
  {
    goal: 'What has been changed since marker.txt was written?',
    steps: [
      ['a.txt, b.txt, marker.txt', 'RUN', 'find . -type f -newer marker.txt', '-newer compares the times', './b.txt'],
      ['a.txt, b.txt, marker.txt', 'STOP', 'Only b.txt is newer'],
    ],
  },
  {
    goal: 'How many bytes do the .mp3 files take altogether?',
    steps: [
      [
        'jazz/, rock/, jazz/c.mp3, jazz/cover.jpg, rock/a.mp3, rock/b.mp3',
        'RUN',
        "find . -name '*.mp3' -printf '%s\\n' | awk '{ sum += $1 } END { print sum }'",
        'print the sizes, add them up',
        '250',
      ],
      ['jazz/, rock/, jazz/c.mp3, jazz/cover.jpg, rock/a.mp3, rock/b.mp3', 'STOP', 'They take 250 bytes'],
    ],
  },
  {
    goal: 'Which two folders are the biggest?',
    steps: [
      [
        'film/, music/, text/, film/a.mp4, music/b.mp3, text/c.txt',
        'RUN',
        'du -s */ | sort -rn | head -n 2',
        'du -s gives a size per folder',
        '396\tfilm/\n104\tmusic/',
      ],
      ['film/, music/, text/, film/a.mp4, music/b.mp3, text/c.txt', 'STOP', 'film and music are the largest'],
    ],
  },
];

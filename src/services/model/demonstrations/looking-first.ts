import type { Scene } from './scene.ts';

/** Look before the command, or after it: what was seen decides what comes next. */
export const lookingFirst: readonly Scene[] = [
  {
    goal: 'How far did I run in all? The distances are in runs.txt',
    steps: [
      ['runs.txt', 'RUN', 'head -n 3 runs.txt', 'see how the lines look', 'Mon 5\nTue 8\nThu 4'],
      ['runs.txt', 'RUN', "awk '{ sum += $2 } END { print sum }' runs.txt", 'the distance is in column 2', '29'],
      ['runs.txt', 'STOP', 'It is 29 in all'],
    ],
  },
  {
    goal: 'Add up the donations in gifts.txt, put the result in raised.txt',
    steps: [
      ['gifts.txt', 'RUN', 'head -n 3 gifts.txt', 'see where the amounts are', 'Ada;20\nBen;15\nIda;40'],
      [
        'gifts.txt',
        'RUN',
        "awk -F';' '{ sum += $2 } END { print sum }' gifts.txt > raised.txt",
        'the amount comes after the ;',
      ],
      ['gifts.txt, raised.txt', 'RUN', 'cat raised.txt', 'check the result', '85'],
      ['gifts.txt, raised.txt', 'STOP', 'raised.txt says 85'],
    ],
  },
  {
    goal: 'Which plants need water daily? See plants.csv',
    steps: [
      [
        'plants.csv',
        'RUN',
        'head -n 3 plants.csv',
        'see which columns there are',
        'plant,room,water\nfern,bath,daily\ncactus,office,monthly',
      ],
      [
        'plants.csv',
        'RUN',
        'awk -F, \'$3 == "daily" { print $1 }\' plants.csv',
        'water is column 3, plant column 1',
        'fern\nbasil',
      ],
      ['plants.csv', 'STOP', 'fern and basil are shown'],
    ],
  },
  {
    goal: 'Get the phone numbers out of contacts.tsv into phones.txt',
    steps: [
      ['contacts.tsv', 'RUN', 'head -n 2 contacts.tsv', 'find the right column', 'Mia\tUlm\t555-31\nTom\tGraz\t555-48'],
      ['contacts.tsv', 'RUN', 'cut -f3 contacts.tsv > phones.txt', 'tabs separate, numbers are in column 3'],
      ['contacts.tsv, phones.txt', 'RUN', 'cat phones.txt', 'check the result', '555-31\n555-48\n555-90'],
      ['contacts.tsv, phones.txt', 'STOP', 'phones.txt has the numbers'],
    ],
  },
  {
    goal: 'What did the garden cost me? It is all in garden.txt',
    steps: [
      [
        'garden.txt',
        'RUN',
        'head -n 2 garden.txt',
        'see where the price stands',
        '03.04. - seeds - 12.50\n09.04. - two spades - 31.00',
      ],
      [
        'garden.txt',
        'RUN',
        "awk -F' - ' '{ sum += $3 } END { print sum }' garden.txt",
        'the price is the third part',
        '49.75',
      ],
      ['garden.txt', 'STOP', 'It cost 49.75'],
    ],
  },
  {
    goal: 'I need just the value of colour from theme.conf, in colour.txt',
    steps: [
      ['theme.conf', 'RUN', 'cat theme.conf', 'see how it is written', '# my theme\nfont=mono\ncolour=teal'],
      ['theme.conf', 'RUN', "grep '^colour=' theme.conf | cut -d= -f2 > colour.txt", 'the value comes after ='],
      ['colour.txt, theme.conf', 'RUN', 'cat colour.txt', 'check the result', 'teal'],
      ['colour.txt, theme.conf', 'STOP', 'colour.txt says teal'],
    ],
  },
  {
    goal: 'How much are the tickets in tickets.txt together?',
    steps: [
      ['tickets.txt', 'RUN', 'head -n 2 tickets.txt', 'look at the prices', 'Bern $18\nGraz $25'],
      [
        'tickets.txt',
        'RUN',
        "tr -d '$' < tickets.txt | awk '{ sum += $2 } END { print sum }'",
        'drop the $, then add up column 2',
        '55',
      ],
      ['tickets.txt', 'STOP', 'The tickets are 55 together'],
    ],
  },
  {
    goal: 'Who is the tallest in class.csv?',
    steps: [
      ['class.csv', 'RUN', 'head -n 3 class.csv', 'see which columns there are', 'name,height\nLeo,142\nUma,151'],
      [
        'class.csv',
        'RUN',
        'tail -n +2 class.csv | sort -t, -k2,2n | tail -n 1',
        'skip the heading, sort by column 2',
        'Uma,151',
      ],
      ['class.csv', 'STOP', 'Uma is the tallest'],
    ],
  },
  {
    goal: 'In which towns are our offices (offices.csv)? Each one once, in towns.txt',
    steps: [
      [
        'offices.csv',
        'RUN',
        'head -n 3 offices.csv',
        'find the column with the town',
        'id,manager,town\n1,Ruiz,Oslo\n2,Berg,Linz',
      ],
      [
        'offices.csv',
        'RUN',
        'tail -n +2 offices.csv | cut -d, -f3 | sort -u > towns.txt',
        'skip the heading, town is column 3',
      ],
      ['offices.csv, towns.txt', 'RUN', 'cat towns.txt', 'check the result', 'Linz\nOslo'],
      ['offices.csv, towns.txt', 'STOP', 'towns.txt has Linz and Oslo'],
    ],
  },
  {
    goal: 'How many kilos of fruit did we pick? harvest.txt knows',
    steps: [
      ['harvest.txt', 'RUN', 'cat harvest.txt', 'see how the lines look', 'apples: 12 kg\npears: 7 kg\nplums: 5 kg'],
      ['harvest.txt', 'RUN', "awk '{ sum += $2 } END { print sum }' harvest.txt", 'the kilos are in column 2', '24'],
      ['harvest.txt', 'STOP', 'It was 24 kilos'],
    ],
  },
  {
    goal: 'average temperature in weather.tsv, please',
    steps: [
      [
        'weather.tsv',
        'RUN',
        'head -n 2 weather.tsv',
        'see which columns there are',
        'day\ttown\tdegrees\nFri\tNew York\t14',
      ],
      [
        'weather.tsv',
        'RUN',
        "awk -F'\\t' 'NR > 1 { sum += $3; n++ } END { print sum / n }' weather.tsv",
        'skip the heading; tabs separate',
        '16',
      ],
      ['weather.tsv', 'STOP', 'The average is 16'],
    ],
  },
  {
    goal: 'Which firms have I not paid yet? See dues.txt',
    steps: [
      ['dues.txt', 'RUN', 'head -n 2 dues.txt', 'see how that is marked', 'Kern & Co|120|open\nBlue Taxi|35|paid'],
      [
        'dues.txt',
        'RUN',
        "awk -F'|' '$3 == \"open\" { print $1 }' dues.txt",
        'column 3 says open, names are first',
        'Kern & Co\nTile Shop',
      ],
      ['dues.txt', 'STOP', 'Both unpaid firms are shown'],
    ],
  },
  {
    goal: 'Order films.txt from old to new, as by-year.txt',
    steps: [
      ['films.txt', 'RUN', 'head -n 2 films.txt', 'see where the year is', 'Star Wars (1977)\nAlien (1979)'],
      ['films.txt', 'RUN', "sort -t'(' -k2,2n films.txt > by-year.txt", 'the year comes after the ('],
      [
        'by-year.txt, films.txt',
        'RUN',
        'cat by-year.txt',
        'check the order',
        'Jaws (1975)\nStar Wars (1977)\nAlien (1979)',
      ],
      ['by-year.txt, films.txt', 'STOP', 'by-year.txt is in order'],
    ],
  },

  {
    goal: 'area.sh prints the wrong area, please fix it',
    steps: [
      ['area.sh', 'RUN', 'cat area.sh', 'read it before changing it', 'width=4\nheight=6\necho $((width + height))'],
      ['area.sh', 'RUN', "sed -i 's/width + height/width * height/' area.sh", 'an area is width times height'],
      ['area.sh', 'RUN', 'bash area.sh', 'run it to check', '24'],
      ['area.sh', 'STOP', 'area.sh prints 24 now'],
    ],
  },
  {
    goal: 'memo.sh stops with an error. Make it work',
    steps: [
      [
        'memo.sh, memo.txt',
        'RUN',
        'bash memo.sh 2>&1',
        'run it to see the error',
        'memo.sh: line 2: catt: command not found',
        127,
      ],
      ['memo.sh, memo.txt', 'RUN', "sed -i 's/catt/cat/' memo.sh", 'cat is misspelt in line 2'],
      ['memo.sh, memo.txt', 'RUN', 'bash memo.sh', 'run it again', 'water the fern'],
      ['memo.sh, memo.txt', 'STOP', 'memo.sh works now'],
    ],
  },
  {
    goal: 'crew.sh cannot find its file, sort that out',
    steps: [
      ['crew.sh, crew.txt', 'RUN', 'cat crew.sh', 'see which file it wants', 'sort craw.txt'],
      ['crew.sh, crew.txt', 'RUN', "sed -i 's/craw.txt/crew.txt/' crew.sh", 'the file is called crew.txt'],
      ['crew.sh, crew.txt', 'RUN', 'bash crew.sh', 'run it to check', 'Ann\nZoe'],
      ['crew.sh, crew.txt', 'STOP', 'crew.sh finds crew.txt'],
    ],
  },
  {
    goal: 'loop.sh has a syntax error somewhere, repair it',
    steps: [
      ['loop.sh', 'RUN', 'cat loop.sh', 'read it before changing it', 'for n in 1 2 3\ndo\n  echo $n'],
      ['loop.sh', 'RUN', 'echo done >> loop.sh', 'the loop has no done'],
      ['loop.sh', 'RUN', 'bash loop.sh', 'run it to check', '1\n2\n3'],
      ['loop.sh', 'STOP', 'loop.sh runs without error'],
    ],
  },
  {
    goal: 'A comma is missing in lamp.json',
    steps: [
      ['lamp.json', 'RUN', 'cat lamp.json', 'see where it is missing', '{\n  "name": "desk"\n  "watts": 9\n}'],
      ['lamp.json', 'RUN', 'sed -i \'s/"desk"/"desk",/\' lamp.json', 'it belongs after "desk"'],
      ['lamp.json', 'RUN', 'cat lamp.json', 'check the result', '{\n  "name": "desk",\n  "watts": 9\n}'],
      ['lamp.json', 'STOP', 'The comma is there'],
    ],
  },
  {
    goal: 'What is wrong with triple.sh? It should say 21',
    steps: [
      ['triple.sh', 'RUN', 'cat triple.sh', 'read it before changing it', 'price = 7\necho $((price * 3))'],
      ['triple.sh', 'RUN', "sed -i 's/price = 7/price=7/' triple.sh", 'no blanks around ='],
      ['triple.sh', 'RUN', 'bash triple.sh', 'run it to check', '21'],
      ['triple.sh', 'STOP', 'It had blanks around =; now 21'],
    ],
  },
  {
    goal: 'The host in post.conf is wrong, it must be post.home.lan',
    steps: [
      ['post.conf', 'RUN', 'cat post.conf', 'see what it says now', 'host=post.work.lan\nport=993'],
      ['post.conf', 'RUN', "sed -i 's/^host=.*/host=post.home.lan/' post.conf", 'change only the host line'],
      ['post.conf', 'RUN', 'cat post.conf', 'check the result', 'host=post.home.lan\nport=993'],
      ['post.conf', 'STOP', 'The host is post.home.lan'],
    ],
  },
  {
    goal: 'logs.sh ought to show the .log files but shows others. Correct it',
    steps: [
      ['a.log, b.txt, logs.sh', 'RUN', 'cat logs.sh', 'read it before changing it', 'ls *.txt'],
      ['a.log, b.txt, logs.sh', 'RUN', "sed -i 's/\\.txt/.log/' logs.sh", 'it lists .txt instead of .log'],
      ['a.log, b.txt, logs.sh', 'RUN', 'bash logs.sh', 'run it to check', 'a.log'],
      ['a.log, b.txt, logs.sh', 'STOP', 'logs.sh shows a.log'],
    ],
  },

  {
    goal: 'crowd.txt has name and age; write everybody of 18 or more to adults.txt',
    steps: [
      ['crowd.txt', 'RUN', "awk '$2 >= 18' crowd.txt > adults.txt", 'the age is column 2'],
      ['adults.txt, crowd.txt', 'RUN', 'cat adults.txt', 'check the result', 'Ines 34\nJo 18'],
      ['adults.txt, crowd.txt', 'STOP', 'adults.txt has Ines and Jo'],
    ],
  },
  {
    goal: 'Copy the .svg files to web and make sure they arrived',
    steps: [
      ['cat.svg, draft.txt, sun.svg', 'RUN', 'mkdir -p web && cp *.svg web/', 'make web, then copy'],
      [
        'cat.svg, draft.txt, sun.svg, web/, web/cat.svg, web/sun.svg',
        'RUN',
        'ls web',
        'see whether both arrived',
        'cat.svg\nsun.svg',
      ],
      ['cat.svg, draft.txt, sun.svg, web/, web/cat.svg, web/sun.svg', 'STOP', 'Both .svg files are in web'],
    ],
  },
  {
    goal: 'north.lst and south.lst belong together, in whole.lst',
    steps: [
      ['north.lst, south.lst', 'RUN', 'cat north.lst south.lst > whole.lst', 'one after the other'],
      ['north.lst, south.lst, whole.lst', 'RUN', 'cat whole.lst', 'check the result', 'Kiel\nHusum\nPassau'],
      ['north.lst, south.lst, whole.lst', 'STOP', 'whole.lst has both lists'],
    ],
  },
  {
    goal: 'Take only the first names from staff.txt, into first.txt',
    steps: [
      ['staff.txt', 'RUN', 'cut -f1 staff.txt > first.txt', 'keep column 1'],
      ['first.txt, staff.txt', 'RUN', 'cat first.txt', 'check the result', 'Ana Ruiz\nTom Berg'],
      ['first.txt, staff.txt', 'RUN', "cut -d' ' -f1 staff.txt > first.txt", 'wrong: blanks separate, not tabs'],
      ['first.txt, staff.txt', 'RUN', 'cat first.txt', 'check it again', 'Ana\nTom'],
      ['first.txt, staff.txt', 'STOP', 'first.txt has the first names'],
    ],
  },
  {
    goal: 'All sound files go into sounds',
    steps: [
      ['bell.mp3, hum.wav, plan.txt', 'RUN', 'mkdir -p sounds && mv *.mp3 sounds/', 'make sounds, then move'],
      ['hum.wav, plan.txt, sounds/, sounds/bell.mp3', 'RUN', 'ls', 'see what is left', 'hum.wav\nplan.txt\nsounds'],
      ['hum.wav, plan.txt, sounds/, sounds/bell.mp3', 'RUN', 'mv hum.wav sounds/', 'a .wav is a sound file too'],
      ['plan.txt, sounds/, sounds/bell.mp3, sounds/hum.wav', 'STOP', 'Both sound files are in sounds'],
    ],
  },
  {
    goal: 'It should be grey instead of gray all over style.css',
    steps: [
      ['style.css', 'RUN', "sed -i 's/gray/grey/' style.css", 'change the word'],
      ['style.css', 'RUN', 'grep -n gray style.css', 'is any gray left?', '2:hr { color: grey; background: gray }'],
      ['style.css', 'RUN', "sed -i 's/gray/grey/g' style.css", 'line 2 had two: g takes all'],
      [
        'style.css',
        'RUN',
        'cat style.css',
        'check it again',
        'p { color: grey }\nhr { color: grey; background: grey }',
      ],
      ['style.css', 'STOP', 'Only grey is left'],
    ],
  },

  {
    goal: 'Write the four seasons to seasons.txt, one per line',
    steps: [
      [
        'rent.txt, song.mp3',
        'RUN',
        "printf '%s\\n' spring summer autumn winter > seasons.txt",
        'printf puts each on a line',
      ],
      ['rent.txt, seasons.txt, song.mp3', 'RUN', 'cat seasons.txt', 'check it', 'spring\nsummer\nautumn\nwinter'],
      ['rent.txt, seasons.txt, song.mp3', 'STOP', 'seasons.txt has all four'],
    ],
  },
  {
    goal: 'I am packing a tent, a lamp and a rope: make packing.txt of it',
    steps: [
      ['map.png, prices.csv', 'RUN', "printf '%s\\n' tent lamp rope > packing.txt", 'one thing on each line'],
      ['map.png, packing.txt, prices.csv', 'RUN', 'cat packing.txt', 'check it', 'tent\nlamp\nrope'],
      ['map.png, packing.txt, prices.csv', 'STOP', 'packing.txt has all three'],
    ],
  },
  {
    goal: 'My jobs for Monday: call Ben, pay the rent, wash the car. Put them in monday.txt',
    steps: [
      [
        'friday.txt, letter.txt',
        'RUN',
        "printf '%s\\n' 'call Ben' 'pay the rent' 'wash the car' > monday.txt",
        'quotes keep each job together',
      ],
      [
        'friday.txt, letter.txt, monday.txt',
        'RUN',
        'cat monday.txt',
        'check it',
        'call Ben\npay the rent\nwash the car',
      ],
      ['friday.txt, letter.txt, monday.txt', 'STOP', 'monday.txt has the three jobs'],
    ],
  },
  {
    goal: 'Start planets.csv: heading planet,moons and the rows Earth,1 and Mars,2',
    steps: [
      ['stars.csv', 'RUN', "printf '%s\\n' planet,moons Earth,1 Mars,2 > planets.csv", 'heading first, then the rows'],
      ['planets.csv, stars.csv', 'RUN', 'cat planets.csv', 'check it', 'planet,moons\nEarth,1\nMars,2'],
      ['planets.csv, stars.csv', 'STOP', 'planets.csv has heading and rows'],
    ],
  },
  {
    goal: 'rooms.md, please: kitchen, bath and attic as a list with dashes',
    steps: [
      [
        'house.txt, key.png',
        'RUN',
        "printf -- '- %s\\n' kitchen bath attic > rooms.md",
        '-- because the text begins with -',
      ],
      ['house.txt, key.png, rooms.md', 'RUN', 'cat rooms.md', 'check it', '- kitchen\n- bath\n- attic'],
      ['house.txt, key.png, rooms.md', 'STOP', 'rooms.md lists the rooms'],
    ],
  },

  {
    goal: 'The names of the photos from Crete should be in photos.lst',
    steps: [
      ['crete/, crete/bay.jpg, crete/old-town.jpg', 'RUN', 'ls crete > photos.lst', 'ls prints only the names'],
      [
        'crete/, photos.lst, crete/bay.jpg, crete/old-town.jpg',
        'RUN',
        'cat photos.lst',
        'check it',
        'bay.jpg\nold-town.jpg',
      ],
      ['crete/, photos.lst, crete/bay.jpg, crete/old-town.jpg', 'STOP', 'photos.lst names both photos'],
    ],
  },
  {
    goal: 'Keep a list of the tunes (.mp3) in tunes/index.txt',
    steps: [
      [
        'tunes/, tunes/aria.mp3, tunes/cover.jpg, tunes/waltz.mp3',
        'RUN',
        '(cd tunes && ls *.mp3) > tunes/index.txt',
        'names without the folder, .mp3 only',
      ],
      [
        'tunes/, tunes/aria.mp3, tunes/cover.jpg, tunes/index.txt, tunes/waltz.mp3',
        'RUN',
        'cat tunes/index.txt',
        'check it',
        'aria.mp3\nwaltz.mp3',
      ],
      [
        'tunes/, tunes/aria.mp3, tunes/cover.jpg, tunes/index.txt, tunes/waltz.mp3',
        'STOP',
        'tunes/index.txt names both tunes',
      ],
    ],
  },
  {
    goal: 'Note the paths of my recipes (.md, in kitchen) in recipes.txt',
    steps: [
      [
        'kitchen/, kitchen/bread.md, kitchen/soup.md, kitchen/stock.csv',
        'RUN',
        'ls kitchen/*.md > recipes.txt',
        'ls with a pattern prints paths',
      ],
      [
        'kitchen/, recipes.txt, kitchen/bread.md, kitchen/soup.md, kitchen/stock.csv',
        'RUN',
        'cat recipes.txt',
        'check it',
        'kitchen/bread.md\nkitchen/soup.md',
      ],
      [
        'kitchen/, recipes.txt, kitchen/bread.md, kitchen/soup.md, kitchen/stock.csv',
        'STOP',
        'recipes.txt has both paths',
      ],
    ],
  },
  {
    goal: 'pages.txt in wiki must name every .html page of wiki except start.html',
    steps: [
      [
        'wiki/, wiki/boats.html, wiki/logo.png, wiki/sails.html, wiki/start.html',
        'RUN',
        "(cd wiki && ls *.html | grep -vx 'start.html') > wiki/pages.txt",
        'grep -v leaves out start.html',
      ],
      [
        'wiki/, wiki/boats.html, wiki/logo.png, wiki/pages.txt, wiki/sails.html, wiki/start.html',
        'RUN',
        'cat wiki/pages.txt',
        'check it',
        'boats.html\nsails.html',
      ],
      [
        'wiki/, wiki/boats.html, wiki/logo.png, wiki/pages.txt, wiki/sails.html, wiki/start.html',
        'STOP',
        'wiki/pages.txt names both pages',
      ],
    ],
  },

  {
    goal: 'Add Kim, 555-77, to the phone list',
    steps: [
      [
        'office/, todo.txt, office/phones.txt, office/rules.txt',
        'RUN',
        'cat office/phones.txt',
        'see how its lines look',
        'Ada: 555-10\nLou: 555-23',
      ],
      [
        'office/, todo.txt, office/phones.txt, office/rules.txt',
        'RUN',
        "echo 'Kim: 555-77' >> office/phones.txt",
        'like the other lines',
      ],
      [
        'office/, todo.txt, office/phones.txt, office/rules.txt',
        'RUN',
        'tail -n 1 office/phones.txt',
        'check it',
        'Kim: 555-77',
      ],
      ['office/, todo.txt, office/phones.txt, office/rules.txt', 'STOP', 'Kim is in office/phones.txt'],
    ],
  },
  {
    goal: 'Let me see adresses.txt',
    steps: [
      [
        'addresses.txt, tools/, tools/hammer.txt',
        'RUN',
        "find . -iname '*ad*ress*'",
        'no such name: look for one like it',
        './addresses.txt',
      ],
      ['addresses.txt, tools/, tools/hammer.txt', 'RUN', 'cat addresses.txt', 'that one is meant', 'Eva, Elm Road 4'],
      ['addresses.txt, tools/, tools/hammer.txt', 'STOP', 'addresses.txt is shown'],
    ],
  },
  {
    goal: 'Put receipt.pdf with the taxes',
    steps: [
      [
        'papers/, receipt.pdf, papers/car/, papers/taxes-2026/',
        'RUN',
        "find . -type d -iname '*tax*'",
        'find their folder',
        './papers/taxes-2026',
      ],
      [
        'papers/, receipt.pdf, papers/car/, papers/taxes-2026/',
        'RUN',
        'mv receipt.pdf papers/taxes-2026/',
        'use the folder found',
      ],
      [
        'papers/, papers/car/, papers/taxes-2026/, papers/taxes-2026/receipt.pdf',
        'STOP',
        'receipt.pdf is in papers/taxes-2026',
      ],
    ],
  },
  {
    goal: 'Cut speech.md down to its first two lines',
    steps: [
      ['drafts/, mail.txt, drafts/song.md', 'RUN', "find . -iname '*speech*'", 'it is not here: search for it'],
      ['drafts/, mail.txt, drafts/song.md', 'RUN', 'grep -ril speech .', 'maybe it has another name', '', 1],
      ['drafts/, mail.txt, drafts/song.md', 'STOP', 'Not possible: there is no speech.md'],
    ],
  },
  {
    goal: 'Move the knitting patterns to the attic folder',
    steps: [
      [
        'attic/, box/, attic/lamp.txt, box/nails.txt',
        'RUN',
        "find . -iname '*knit*' -o -iname '*pattern*'",
        'find them first',
      ],
      [
        'attic/, box/, attic/lamp.txt, box/nails.txt',
        'RUN',
        'ls -A attic box',
        'nothing: look at all files',
        'attic:\nlamp.txt\n\nbox:\nnails.txt',
      ],
      ['attic/, box/, attic/lamp.txt, box/nails.txt', 'STOP', 'Not possible: there are no knitting patterns'],
    ],
  },
];

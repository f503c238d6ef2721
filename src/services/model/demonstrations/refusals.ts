import type { Scene } from './scene.ts';

/** The policy refused the command before: another way, or the end when there is none. */
export const refusals: readonly Scene[] = [
  {
    goal: 'Print the value of version in package.json',
    before: {
      run: "python3 -c \"import json; print(json.load(open('package.json'))['version'])\"",
      denied:
        'python3 is denied: it is an interpreter. Interpreters are switched off. Use shell tools such as awk, sed, grep, sort, cut and tr.',
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
    goal: 'What do the amounts in bill.txt add up to?',
    before: {
      run: 'python3 -c "print(sum(int(n) for n in open(\'bill.txt\')))"',
      denied:
        'python3 is denied: it is an interpreter. Interpreters are switched off. Use shell tools such as awk, sed, grep, sort, cut and tr.',
    },
    steps: [
      ['bill.txt', 'RUN', "awk '{ sum += $1 } END { print sum }' bill.txt", 'awk can add up too', '50'],
      ['bill.txt', 'STOP', 'They add up to 50'],
    ],
  },
  {
    goal: 'Make every cat in pets.txt a dog',
    before: {
      run: "perl -pi -e 's/cat/dog/g' pets.txt",
      denied:
        'perl is denied: it is an interpreter. Interpreters are switched off. Use shell tools such as awk, sed, grep, sort, cut and tr.',
    },
    steps: [
      ['pets.txt', 'RUN', "sed -i 's/cat/dog/g' pets.txt", 'sed instead of perl'],
      ['pets.txt', 'STOP', 'Every cat is a dog'],
    ],
  },
  {
    goal: 'Run greet.sh',
    before: {
      run: 'chmod +x greet.sh && ./greet.sh',
      denied:
        'chmod is denied: it is a program that changes permissions or users. Files that you make are already yours. To run a script, type bash and its name.',
    },
    steps: [
      ['greet.sh', 'RUN', 'bash greet.sh', 'bash runs it without chmod', 'Hello there'],
      ['greet.sh', 'STOP', 'It said Hello there'],
    ],
  },
  {
    goal: 'How much is 2 to the power of 10?',
    before: {
      run: 'node -e "console.log(2 ** 10)"',
      denied:
        'node is denied: it is an interpreter. Interpreters are switched off. Use shell tools such as awk, sed, grep, sort, cut and tr.',
    },
    steps: [
      ['', 'RUN', 'echo $((2 ** 10))', 'bash can calculate', '1024'],
      ['', 'STOP', 'It is 1024'],
    ],
  },
  {
    goal: 'Clear the folder cache away',
    before: {
      run: 'sudo rm -r cache',
      denied:
        'sudo is denied: it is a program that changes permissions or users. Files that you make are already yours. To run a script, type bash and its name.',
    },
    steps: [
      ['cache/, main.txt, cache/x.bin', 'RUN', 'rm -r cache', 'it works without sudo'],
      ['main.txt', 'STOP', 'cache is gone'],
    ],
  },
  {
    goal: 'Bring dest up to date with src',
    before: {
      run: 'rsync -a src/ dest/',
      denied:
        'rsync is denied: it is a networking program. There is no network here. Work with the files in the sandbox.',
    },
    steps: [
      [
        'dest/, src/, dest/a.txt, src/a.txt, src/lib/, src/lib/b.txt',
        'RUN',
        'cp -r src/. dest/',
        'cp instead of rsync',
      ],
      [
        'dest/, src/, dest/a.txt, dest/lib/, src/a.txt, src/lib/, dest/lib/b.txt, src/lib/b.txt',
        'STOP',
        'dest has the new files',
      ],
    ],
  },
  {
    goal: 'Add call Mia to agenda.txt',
    before: {
      run: 'nano agenda.txt',
      denied:
        'nano is denied: it is an interactive editor. Nobody types into it here. Write files with cat and a here-document, and change them with sed -i.',
    },
    steps: [
      ['agenda.txt', 'RUN', "echo 'call Mia' >> agenda.txt", 'no editor is needed'],
      ['agenda.txt', 'STOP', 'call Mia is added'],
    ],
  },
  {
    goal: 'Which keys are in user.json?',
    before: {
      run: 'python3 -c "import json; print(*json.load(open(\'user.json\')))"',
      denied:
        'python3 is denied: it is an interpreter. Interpreters are switched off. Use shell tools such as awk, sed, grep, sort, cut and tr.',
    },
    steps: [
      ['user.json', 'RUN', "grep -o '\"[a-z]*\":' user.json | tr -d '\":'", 'grep -o picks out the keys', 'name\ntown'],
      ['user.json', 'STOP', 'The keys are name and town'],
    ],
  },
  {
    goal: 'Sort words.txt by the length of the words',
    before: {
      run: 'ruby -e \'puts File.readlines("words.txt").sort_by(&:size)\'',
      denied:
        'ruby is denied: it is an interpreter. Interpreters are switched off. Use shell tools such as awk, sed, grep, sort, cut and tr.',
    },
    steps: [
      [
        'words.txt',
        'RUN',
        "awk '{ print length, $0 }' words.txt | sort -n | cut -d' ' -f2-",
        'length first, sort, cut it off',
        'fig\npear\nmelon',
      ],
      ['words.txt', 'STOP', 'The words are shown by length'],
    ],
  },
  {
    goal: 'Download the page example.org into page.html',
    before: {
      run: 'curl -o page.html example.org',
      denied:
        'curl is denied: it is a networking program. There is no network here. Work with the files in the sandbox.',
    },
    steps: [['', 'STOP', 'Not possible: there is no network']],
  },
  {
    goal: 'chmod +x for my scripts',
    before: {
      run: 'chmod +x *.sh',
      denied:
        'chmod is denied: it is a program that changes permissions or users. Files that you make are already yours. To run a script, type bash and its name.',
    },
    steps: [['a.sh, b.sh', 'STOP', 'Not possible: permissions cannot be changed here']],
  },
  {
    goal: 'Mail report.txt to ann@example.org',
    before: {
      run: 'mail -s Report ann@example.org < report.txt',
      denied:
        'mail is denied: it is a networking program. There is no network here. Work with the files in the sandbox.',
    },
    steps: [['report.txt', 'STOP', 'Not possible: there is no network']],
  },
  {
    goal: 'Install htop',
    before: {
      run: 'apt-get install -y htop',
      denied:
        'apt-get is denied: it is a package manager. Nothing can be installed here. Use the programs that are there: which NAME tells whether one is.',
    },
    steps: [['notes.txt', 'STOP', 'Not possible: nothing can be installed here']],
  },
  {
    goal: 'Restart nginx',
    before: {
      run: 'systemctl restart nginx',
      denied:
        'systemctl is denied: it is a program that runs others later, or in a place of their own. Only what ends with your command is kept. Run the program itself, and use SLEEP to wait.',
    },
    steps: [['web.conf', 'STOP', 'Not possible: services cannot be controlled here']],
  },
];

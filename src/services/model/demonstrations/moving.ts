// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the commands are bash's.

import type { Scene } from './scene.ts';

/** Copying, moving, renaming and deleting. */
export const moving: readonly Scene[] = [
  {
    goal: 'Move report.txt into the folder done',
    steps: [
      ['done/, report.txt', 'RUN', 'mv report.txt done/', 'the folder comes last'],
      ['done/, done/report.txt', 'STOP', 'report.txt is in done'],
    ],
  },
  {
    goal: 'Copy photo.png into the folder album',
    steps: [
      ['album/, photo.png', 'RUN', 'cp photo.png album/', 'cp leaves the original'],
      ['album/, photo.png, album/photo.png', 'STOP', 'The copy is in album'],
    ],
  },
  {
    goal: 'Delete scrap.txt',
    steps: [
      ['keep.txt, scrap.txt', 'RUN', 'rm scrap.txt', 'rm deletes a file'],
      ['keep.txt', 'STOP', 'scrap.txt is deleted'],
    ],
  },
  {
    goal: 'Delete the folder trash and everything in it',
    steps: [
      [
        'trash/, work.txt, trash/a.txt, trash/old/, trash/old/b.txt',
        'RUN',
        'rm -r trash',
        '-r for a folder with files',
      ],
      ['work.txt', 'STOP', 'trash is gone'],
    ],
  },
  {
    goal: 'Clean up here, delete .tmp and .bak',
    steps: [
      ['a.tmp, b.bak, c.txt', 'RUN', 'rm *.tmp *.bak', 'two patterns at once'],
      ['c.txt', 'STOP', 'The folder is clean'],
    ],
  },
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
  {
    goal: 'Copy everything in template into new-site, which is there already',
    steps: [
      [
        'new-site/, template/, new-site/logo.png, template/css/, template/index.html, template/css/main.css',
        'RUN',
        'cp -r template/. new-site/',
        '/. means all that is in it',
      ],
      [
        'new-site/, template/, new-site/css/, new-site/index.html, new-site/logo.png, template/css/, template/index.html, new-site/css/main.css, template/css/main.css',
        'STOP',
        'new-site has the copies',
      ],
    ],
  },
  {
    goal: 'Rename the pictures to photo-1.jpg, photo-2.jpg and so on',
    steps: [
      [
        'beach.jpg, lake.jpg, town.jpg',
        'RUN',
        'n=1; for f in *.jpg; do mv "$f" "photo-$n.jpg"; n=$((n + 1)); done',
        'count up with each file',
      ],
      ['photo-1.jpg, photo-2.jpg, photo-3.jpg', 'STOP', 'The pictures are numbered'],
    ],
  },
  {
    goal: 'make all file names lower case',
    steps: [
      ['Intro.TXT, PLAN.md, ok.txt', 'RUN', 'for f in *[A-Z]*; do mv "$f" "${f,,}"; done', ',, makes small letters'],
      ['intro.txt, ok.txt, plan.md', 'STOP', 'All names are lower case'],
    ],
  },
  {
    goal: 'Cut the img_ off the front of the file names',
    steps: [
      ['img_cat.png, img_dog.png', 'RUN', 'for f in img_*; do mv "$f" "${f#img_}"; done', '# cuts off the beginning'],
      ['cat.png, dog.png', 'STOP', 'img_ is cut off'],
    ],
  },
  {
    goal: 'Swap left.txt and right.txt',
    steps: [
      [
        'left.txt, right.txt',
        'RUN',
        'mv left.txt temp && mv right.txt left.txt && mv temp right.txt',
        'a third name is needed',
      ],
      ['left.txt, right.txt', 'STOP', 'The two are swapped'],
    ],
  },
  {
    goal: 'Everything with 2023 in its name goes to archive/2023',
    steps: [
      [
        'report-2023.txt, tax-2023.pdf, tax-2024.pdf',
        'RUN',
        'mkdir -p archive/2023 && mv *2023*.* archive/2023/',
        'make the folder, then move',
      ],
      [
        'archive/, tax-2024.pdf, archive/2023/, archive/2023/report-2023.txt, archive/2023/tax-2023.pdf',
        'STOP',
        'The 2023 files are moved',
      ],
    ],
  },
  {
    goal: 'Delete everything here but keep.txt',
    steps: [
      [
        'a.log, keep.txt, tmp/, tmp/b.log',
        'RUN',
        'find . -mindepth 1 ! -name keep.txt -delete',
        '! -name spares keep.txt',
      ],
      ['keep.txt', 'STOP', 'Only keep.txt is left'],
    ],
  },
  {
    goal: 'Make a .bak copy of each .conf file',
    steps: [
      ['db.conf, web.conf', 'RUN', 'for f in *.conf; do cp "$f" "$f.bak"; done', 'the copy gets .bak added'],
      ['db.conf, db.conf.bak, web.conf, web.conf.bak', 'STOP', 'Each has its copy'],
    ],
  },
  {
    goal: 'All .txt files, also those in subfolders, should end in .md',
    steps: [
      [
        'a.txt, docs/, docs/b.txt, docs/old/, docs/old/c.txt',
        'RUN',
        'find . -name \'*.txt\' | while read -r f; do mv "$f" "${f%.txt}.md"; done',
        'read takes one path at a time',
      ],
      ['a.md, docs/, docs/b.md, docs/old/, docs/old/c.md', 'STOP', 'They all end in .md'],
    ],
  },
  {
    goal: 'Move the files that list.txt names to picked',
    steps: [
      [
        'a.png, b.png, c.png, list.txt',
        'RUN',
        'mkdir -p picked && while read -r f; do mv "$f" picked/; done < list.txt',
        'read list.txt line by line',
      ],
      ['b.png, list.txt, picked/, picked/a.png, picked/c.png', 'STOP', 'The two files are in picked'],
    ],
  },
  {
    goal: 'Bring all files out of the subfolders of mixed into this folder, then remove mixed',
    steps: [
      [
        'mixed/, mixed/a/, mixed/b/, mixed/a/one.txt, mixed/b/two.txt',
        'RUN',
        'find mixed -type f -exec mv {} . \\;',
        'first move the files',
      ],
      ['mixed/, one.txt, two.txt, mixed/a/, mixed/b/', 'RUN', 'rm -r mixed', 'only empty folders are left in it'],
      ['one.txt, two.txt', 'STOP', 'The files are here, mixed is gone'],
    ],
  },
];

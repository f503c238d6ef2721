import type { Scene } from './scene.ts';

/** Archives, compression and checksums. */
export const archives: readonly Scene[] = [
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
  {
    goal: 'What is inside backup.tar.gz?',
    steps: [
      [
        'backup.tar.gz',
        'RUN',
        'tar -tzf backup.tar.gz',
        't lists, nothing is unpacked',
        'home/\nhome/a.txt\nhome/b.txt',
      ],
      ['backup.tar.gz', 'STOP', 'The contents are listed'],
    ],
  },
  {
    goal: 'Take only notes.txt out of old.tar.gz',
    steps: [
      ['old.tar.gz', 'RUN', 'tar -xzf old.tar.gz notes.txt', 'the name comes last'],
      ['notes.txt, old.tar.gz', 'STOP', 'notes.txt is taken out'],
    ],
  },
  {
    goal: 'Unpack data.tar into a folder called out',
    steps: [
      ['data.tar', 'RUN', 'mkdir -p out && tar -xf data.tar -C out', '-C says where to'],
      ['data.tar, out/, out/x.csv, out/y.csv', 'STOP', 'out holds the files'],
    ],
  },
  {
    goal: 'Read old.log.gz without unpacking it',
    steps: [
      ['old.log.gz', 'RUN', 'zcat old.log.gz', 'zcat prints what is in it', '08:00 open\n18:00 close'],
      ['old.log.gz', 'STOP', 'The log is shown'],
    ],
  },
  {
    goal: 'Compress every .log file in logs, one by one',
    steps: [
      ['logs/, logs/a.log, logs/b.log, logs/c.txt', 'RUN', 'gzip logs/*.log', 'gzip takes several files'],
      ['logs/, logs/a.log.gz, logs/b.log.gz, logs/c.txt', 'STOP', 'Each log is a .gz now'],
    ],
  },
  {
    goal: 'SHA-256 checksums of the .iso files, in sums.txt',
    steps: [
      ['base.iso, full.iso', 'RUN', 'sha256sum *.iso > sums.txt', 'sum and name on each line'],
      ['base.iso, full.iso, sums.txt', 'STOP', 'sums.txt is written'],
    ],
  },
  {
    goal: 'Do the files still match checks.md5?',
    steps: [
      ['a.bin, b.bin, checks.md5', 'RUN', 'md5sum -c checks.md5', '-c compares them again', 'a.bin: OK\nb.bin: OK'],
      ['a.bin, b.bin, checks.md5', 'STOP', 'Both files match'],
    ],
  },
  {
    goal: 'Encode key.bin as base64 in key.txt',
    steps: [
      ['key.bin', 'RUN', 'base64 key.bin > key.txt', 'base64 writes plain letters'],
      ['key.bin, key.txt', 'STOP', 'key.txt is written'],
    ],
  },
  {
    goal: 'Back up src as backup/src.tar.gz and show what is in the archive',
    steps: [
      ['src/, src/a.c', 'RUN', 'mkdir -p backup && tar -czf backup/src.tar.gz src', 'pack it first'],
      [
        'backup/, src/, backup/src.tar.gz, src/a.c',
        'RUN',
        'tar -tzf backup/src.tar.gz',
        'now list the archive',
        'src/\nsrc/a.c',
      ],
      ['backup/, src/, backup/src.tar.gz, src/a.c', 'STOP', 'Packed and listed'],
    ],
  },
];

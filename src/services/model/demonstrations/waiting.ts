import type { Scene } from './scene.ts';

/** Waiting, for a time or for a file. */
export const waiting: readonly Scene[] = [
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
  {
    goal: 'Wait 5 seconds, then list the files',
    steps: [
      ['a.txt, b.txt', 'SLEEP', 5000, '5 seconds are 5000 ms'],
      ['a.txt, b.txt', 'RUN', 'ls', 'the time is over', 'a.txt\nb.txt'],
      ['a.txt, b.txt', 'STOP', 'The files are listed'],
    ],
  },
  {
    goal: 'Pause for half a minute and then count the lines of jobs.txt',
    steps: [
      ['jobs.txt', 'SLEEP', 30000, 'half a minute is 30000 ms'],
      ['jobs.txt', 'RUN', 'wc -l < jobs.txt', 'now count', '3'],
      ['jobs.txt', 'STOP', 'jobs.txt has 3 lines'],
    ],
  },
  {
    goal: 'Write start to steps.log, wait 2 seconds, then write end to it',
    steps: [
      ['', 'RUN', 'echo start > steps.log', 'start comes first'],
      ['steps.log', 'SLEEP', 2000, '2 seconds are 2000 ms'],
      ['steps.log', 'RUN', 'echo end >> steps.log', '>> keeps the first line'],
      ['steps.log', 'STOP', 'steps.log has both lines'],
    ],
  },
  {
    goal: 'Put the word on into lamp.txt, wait four seconds, then put the word off into night.txt',
    steps: [
      ['', 'RUN', 'echo on > lamp.txt', 'the first word, nothing else yet'],
      ['lamp.txt', 'SLEEP', 4000, 'four seconds are 4000 ms'],
      ['lamp.txt', 'RUN', 'echo off > night.txt', 'the time is over'],
      ['lamp.txt, night.txt', 'STOP', 'Both words are written, four seconds apart'],
    ],
  },
  {
    goal: 'As soon as another program has written results.csv, show its first line',
    steps: [
      ['input.csv', 'SLEEP', 10000, 'results.csv is not there yet'],
      ['input.csv, results.csv', 'RUN', 'head -n 1 results.csv', 'now it is there', 'name,points'],
      ['input.csv, results.csv', 'STOP', 'The first line is shown'],
    ],
  },
  {
    goal: 'Sleep for 90 seconds',
    steps: [
      ['notes.txt', 'SLEEP', 90000, '90 seconds are 90000 ms'],
      ['notes.txt', 'STOP', 'The 90 seconds are over'],
    ],
  },
  {
    goal: 'Do nothing for 3 minutes, then remove lock.tmp',
    steps: [
      ['data.txt, lock.tmp', 'SLEEP', 180000, '3 minutes are 180000 ms'],
      ['data.txt, lock.tmp', 'RUN', 'rm lock.tmp', 'the time is over'],
      ['data.txt', 'STOP', 'lock.tmp is removed'],
    ],
  },
  {
    goal: 'Check every minute for done.flag; when it is there, delete work.tmp',
    steps: [
      ['work.tmp', 'SLEEP', 60000, 'done.flag is not there yet'],
      ['done.flag, work.tmp', 'RUN', 'rm work.tmp', 'done.flag is there'],
      ['done.flag', 'STOP', 'work.tmp is deleted'],
    ],
  },
  {
    goal: 'Wait ten minutes for the export, then show export.txt',
    before: { run: 'sleep 600 && cat export.txt', timeout: '' },
    steps: [
      ['readme.txt', 'SLEEP', 600000, 'SLEEP waits, a command would be killed'],
      ['export.txt, readme.txt', 'RUN', 'cat export.txt', 'the export is there', '42 rows'],
      ['export.txt, readme.txt', 'STOP', 'export.txt is shown'],
    ],
  },
];

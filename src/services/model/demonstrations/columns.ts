import type { Scene } from './scene.ts';

/** Columns, tables and sums. */
export const columns: readonly Scene[] = [
  {
    goal: 'What is the average of the third column of marks.csv?',
    steps: [
      ['marks.csv', 'RUN', "awk -F, '{ sum += $3 } END { print sum / NR }' marks.csv", 'NR is the number of rows', '6'],
      ['marks.csv', 'STOP', 'The average is 6'],
    ],
  },
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
  {
    goal: 'Show item and price (columns 1 and 3) of items.csv without the heading',
    steps: [
      ['items.csv', 'RUN', 'tail -n +2 items.csv | cut -d, -f1,3', 'skip line 1, keep two columns', 'pen,2\nmug,8'],
      ['items.csv', 'STOP', 'Items and prices are shown'],
    ],
  },
  {
    goal: 'How much did each customer spend? orders.csv has customer,amount',
    steps: [
      [
        'orders.csv',
        'RUN',
        "awk -F, '{ sum[$1] += $2 } END { for (c in sum) print c, sum[c] }' orders.csv | sort",
        'one sum for each customer',
        'ana 6\nlee 17',
      ],
      ['orders.csv', 'STOP', 'The sums are shown'],
    ],
  },
  {
    goal: 'What are the cheapest and the dearest product in prices.csv?',
    steps: [
      [
        'prices.csv',
        'RUN',
        "sort -t, -k2,2n prices.csv | sed -n '1p;$p'",
        'first and last after sorting',
        'cup,4\ndesk,210',
      ],
      ['prices.csv', 'STOP', 'cup and desk are shown'],
    ],
  },
  {
    goal: 'accounts.txt is separated by colons: list the first and the third field',
    steps: [
      ['accounts.txt', 'RUN', 'cut -d: -f1,3 accounts.txt', '-d: splits at colons', 'eva:1001\nmax:1002'],
      ['accounts.txt', 'STOP', 'Both fields are shown'],
    ],
  },
  {
    goal: 'Which rows of members.csv have no town (second column)?',
    steps: [
      ['members.csv', 'RUN', 'awk -F, \'$2 == ""\' members.csv', 'the second column is empty', 'Jon,'],
      ['members.csv', 'STOP', 'Only Jon has no town'],
    ],
  },
  {
    goal: 'Save the Berlin rows of staff.csv with the heading as berlin.csv',
    steps: [
      ['staff.csv', 'RUN', 'awk -F, \'NR == 1 || $2 == "Berlin"\' staff.csv > berlin.csv', 'NR == 1 keeps the heading'],
      ['berlin.csv, staff.csv', 'STOP', 'berlin.csv is written'],
    ],
  },
  {
    goal: 'Add a column count times price to cart.csv and write it to totals.csv',
    steps: [
      ['cart.csv', 'RUN', 'awk -F, \'{ print $0 "," $2 * $3 }\' cart.csv > totals.csv', '$0 is the whole row'],
      ['cart.csv, totals.csv', 'STOP', 'totals.csv is written'],
    ],
  },
  {
    goal: 'number of columns in wide.csv?',
    steps: [
      ['wide.csv', 'RUN', "head -n 1 wide.csv | tr ',' '\\n' | wc -l", 'one line per column, then count', '5'],
      ['wide.csv', 'STOP', 'wide.csv has 5 columns'],
    ],
  },
  {
    goal: 'Swap the two words on each line of pairs.txt, into swapped.txt',
    steps: [
      ['pairs.txt', 'RUN', "awk '{ print $2, $1 }' pairs.txt > swapped.txt", 'print the second word first'],
      ['pairs.txt, swapped.txt', 'STOP', 'swapped.txt is written'],
    ],
  },
];

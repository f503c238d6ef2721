/**
 * Adds up the records of tasks. Those that cannot be done are told apart: only how many are passed counts of them.
 * @param {readonly any[]} records
 */
export function summarise(records) {
  const possible = records.filter(({ possible: can }) => can !== false);
  const impossible = records.filter(({ possible: can }) => can === false);
  const sum = (figure) => records.reduce((total, record) => total + figure(record), 0);
  const modelErrors = sum((record) => record.modelErrors);
  const answers = sum(({ decisions }) => decisions.length) - modelErrors;
  const malformed = sum((record) => record.malformed);
  const copied = sum((record) => record.copied);
  return {
    tasks: records.length,
    passed: countPassed(possible),
    canBeDone: possible.length,
    passedPercent: percent(countPassed(possible), possible.length),
    cannotBeDone: { passed: countPassed(impossible), of: impossible.length },
    byLevel: group(possible, 'level'),
    byKind: group(possible, 'kind'),
    iterationsMean: mean(
      sum((record) => record.iterations),
      records.length,
    ),
    iterationsMeanPassed: mean(
      possible.reduce((total, { passed, iterations }) => total + (passed ? iterations : 0), 0),
      countPassed(possible),
    ),
    decisions: answers,
    modelErrors,
    malformed,
    denied: sum((record) => record.denied),
    setbacks: sum((record) => record.setbacks),
    copied,
    unusablePercent: percent(malformed + copied, answers),
    tokens: {
      evaluated: sum(({ tokens }) => tokens.evaluated),
      generated: sum(({ tokens }) => tokens.generated),
    },
    seconds: mean(
      sum((record) => record.seconds),
      1,
    ),
    secondsPerTask: mean(
      sum((record) => record.seconds),
      records.length,
    ),
    secondsPerDecision: mean(
      sum(({ thinking }) => thinking),
      answers,
    ),
    falseStops: records.filter(({ falseStop }) => falseStop).map(nameOf),
    failed: records.filter(({ passed }) => !passed).map(nameOf),
  };
}

/**
 * The same as plain columns of at most 100 characters.
 * @param {ReturnType<typeof summarise>} summary
 */
export function table(summary) {
  const { tokens, cannotBeDone } = summary;
  const rows = [
    ['passed', `${summary.passed} of ${summary.canBeDone} that can be done (${shown(summary.passedPercent)} %)`],
    ...(cannotBeDone.of === 0 ? [] : [['cannot be done', `${cannotBeDone.passed} of ${cannotBeDone.of}`]]),
    ...Object.entries(summary.byLevel).map(([name, count]) => [`level ${name}`, `${count.passed} of ${count.of}`]),
    ...Object.entries(summary.byKind).map(([name, count]) => [`kind ${name}`, `${count.passed} of ${count.of}`]),
    ['iterations', `${shown(summary.iterationsMean)} a task, ${shown(summary.iterationsMeanPassed)} a passed one`],
    ['decisions', String(summary.decisions)],
    ...(summary.modelErrors === 0 ? [] : [['model errors', String(summary.modelErrors)]]),
    ['malformed', String(summary.malformed)],
    ['denied', String(summary.denied)],
    ['setbacks', String(summary.setbacks)],
    [
      'unusable',
      `${shown(summary.unusablePercent)} %: ${summary.malformed} malformed, ${summary.copied} copied unfitting`,
    ],
    ['tokens', `${tokens.evaluated} evaluated, ${tokens.generated} generated`],
    ['seconds', `${shown(summary.secondsPerTask)} a task, ${shown(summary.secondsPerDecision)} a decision`],
    ...list('false STOPs', summary.falseStops),
    ...list('failed', summary.failed),
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n');
}

function group(records, field) {
  const groups = {};
  for (const record of records) {
    if (record[field] === undefined) continue;
    const { passed, of } = groups[record[field]] ?? { passed: 0, of: 0 };
    groups[record[field]] = { passed: passed + (record.passed ? 1 : 0), of: of + 1 };
  }
  return Object.fromEntries(Object.entries(groups).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function list(title, names) {
  if (names.length === 0) return [[title, '0']];
  const lines = [];
  for (const name of names) {
    const line = lines.at(-1);
    if (line !== undefined && `${line} ${name}`.length <= 76) lines[lines.length - 1] = `${line} ${name}`;
    else lines.push(name);
  }
  return lines.map((line, index) => (index === 0 ? [title, `${names.length}: ${line}`] : ['', `   ${line}`]));
}

function countPassed(records) {
  return records.filter(({ passed }) => passed).length;
}

function nameOf({ name }) {
  return name;
}

function percent(part, whole) {
  return mean(100 * part, whole);
}

/** Null when there is nothing to divide by. */
function mean(total, count) {
  return count === 0 ? null : Math.round((100 * total) / count) / 100;
}

function shown(number) {
  return number === null ? '–' : number.toFixed(1);
}

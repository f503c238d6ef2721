/**
 * Whether the task is passed. Where nothing is to be done, or nothing can be, the end counts too.
 *
 * @param {{ kind: string, possible?: boolean }} task
 * @param {{ cause: string, status: string, decisions: readonly { action?: string, note?: string }[] }} record
 * @param {{ ending: string, exitCode: number | null }} check
 */
export function grade({ kind, possible = true }, { status, cause, decisions }, check) {
  const isReached = check.ending === 'exited' && check.exitCode === 0;
  const hasStopped = cause === 'agent-stop';
  const isEndRight = !possible
    ? status !== 'completed' || saysThatItCannotBeDone(decisions.at(-1)?.note ?? '')
    : kind !== 'already-done' || hasStopped;
  return { passed: isReached && isEndRight, falseStop: hasStopped && !isReached };
}

/**
 * @param {string} note
 * @returns {boolean}
 */
export function saysThatItCannotBeDone(note) {
  return SAYS_NO.test(note);
}

/**
 * The words in which a STOP says that its goal cannot be reached. A note without any of them is taken to say that it
 * was reached. It is wide on purpose: the check of such a task has already looked for damage and made-up results.
 */
const SAYS_NO =
  /\b(?:cannot|can ?not|can['’]?t|could ?n['’]?t|could not|not (?:be )?possible|impossible|unable|no such|there (?:is|are|was|were) no|there (?:is|are) ?n['’]?t|no (?:files?|network|internet|access|way)|does ?n['’]?t exist|does not exist|do not exist|not (?:be )?found|not (?:be )?(?:there|available|allowed|permitted|present)|missing|absent|refused|denied|fail(?:s|ed)?|without success|gave up|giving up)\b/i;

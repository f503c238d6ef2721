/**
 * The tasks on which the original's prompt is compared with ours: of the six kinds that come first by name and have two
 * open tasks that can be done, the two that come first by name. Named before either prompt was run on them.
 */
export const COMPARISON = [
  ...['errors-in-the-log', 'favourite-fruit'],
  ...['letters-about-okafor', 'long-clips'],
  ...['shopping-list', 'week-folders'],
  ...['pictures-apart', 'rename-the-draft'],
  ...['good-morning-lena', 'windows-line-ends'],
  ...['report-with-index', 'spring-expenses'],
];

// The public API as reviewed files: etc/gyre.api.md and, of `gyre/testing`, etc/gyre-testing.api.md, and of
// `gyre/fleet`, etc/gyre-fleet.api.md. With --check, fails when one of them no longer says what dist says.
import { Extractor, ExtractorConfig } from '@microsoft/api-extractor';

const isCheck = process.argv.includes('--check');
const reports = {
  'dist/index.d.ts': 'gyre.api.md',
  'dist/testing/index.d.ts': 'gyre-testing.api.md',
  'dist/fleet/index.d.ts': 'gyre-fleet.api.md',
};
const results = Object.entries(reports).map(([entry, reportFileName]) => {
  const configObject = ExtractorConfig.loadFile('api-extractor.json');
  configObject.mainEntryPointFilePath = `${process.cwd()}/${entry}`;
  configObject.projectFolder = process.cwd();
  configObject.apiReport.reportFileName = reportFileName;
  const config = ExtractorConfig.prepare({
    configObjectFullPath: `${process.cwd()}/api-extractor.json`,
    packageJsonFullPath: `${process.cwd()}/package.json`,
    configObject,
  });
  return Extractor.invoke(config, { localBuild: !isCheck });
});
if (isCheck && results.some(({ apiReportChanged }) => apiReportChanged))
  console.error('The public API has changed. Review it with: npm run fix, git diff etc/');
process.exit(results.every(({ succeeded }) => succeeded) ? 0 : 1);

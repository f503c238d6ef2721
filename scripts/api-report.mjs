// The public API as one reviewed file, etc/gyre.api.md. With --check, fails when the file no longer says what dist says.
import { Extractor, ExtractorConfig } from '@microsoft/api-extractor';

const isCheck = process.argv.includes('--check');
const config = ExtractorConfig.prepare({
  configObjectFullPath: `${process.cwd()}/api-extractor.json`,
  packageJsonFullPath: `${process.cwd()}/package.json`,
  configObject: ExtractorConfig.loadFile('api-extractor.json'),
});
const { succeeded, apiReportChanged } = Extractor.invoke(config, { localBuild: !isCheck });
if (apiReportChanged && isCheck)
  console.error('The public API has changed. Review it with: npm run fix, git diff etc/');
process.exit(succeeded ? 0 : 1);

/** Says by name what did not run, so that nobody mistakes a missing server for a passed test. */
class SkippedReporter {
  onRunComplete(_contexts, results) {
    const skipped = results.testResults.flatMap((file) =>
      file.testResults
        .filter((test) => test.status === 'pending' || test.status === 'todo')
        .map((test) => test.fullName),
    );
    for (const name of skipped) process.stderr.write(`skipped: ${name}\n`);
  }
}
module.exports = SkippedReporter;

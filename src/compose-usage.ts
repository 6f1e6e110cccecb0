/** What `countersign --help` says. */
export const USAGE = `countersign <command>

  init --config FILE --admin NAME --admin NAME --keys DIR
        Makes the data folder and the case log, once, and names the first two administrators. Their private keys are
        written to DIR: hand each to its owner, and keep them off this machine.
  check-config --config FILE
        Reads the config, the policy and every file they name; lists all faults, or says that all is well, and what the
        policy would change for the people in the register.
  policy test FILE | policy test --config FILE
        Holds a policy against the examples beside it; prints each that differs.
  policy try FILE --config FILE
        Prints what this policy would change for the people in the register: how many have what now and then, and who
        loses it. Changes nothing.
  serve --config FILE [--workers N]
        Runs the gateway until it is stopped; in N processes that share its port, where PostgreSQL and Redis are in the config.
  register import FILE --config FILE       proposes what the file says; prints the proposal's digest
  register import FILE.csv --kind KIND [--dry-run] --config FILE
        Proposes what a table says; a dry run lists every fault by row and column, and changes nothing.
  register export KIND --config FILE       prints all records of a kind as a table (practitioners, evidence, models, …)
  register show DIGEST --config FILE       prints what a proposal would change
  register sign DIGEST --admin NAME --key FILE --config FILE
        Signs a proposal. After the second administrator's signature it is in force.
  verify --data DIR | --config FILE [--vkey KEY] [--old CHECKPOINT-FILE]
        Verifies the case log of a data folder, or of PostgreSQL where the config says so. Exit code 0 when nothing was changed, 1 otherwise.
  explain CASE --config FILE
        Prints how the decisions of a case came about, and decides them again from the register and policy as they stood.
        Exit code 0 when all come out as recorded, 1 when one does not, 2 when that cannot be told.
  hash-password < FILE
        Reads a password and prints its hash, for breakGlass.
  machine-key                              makes a key for a machine: prints it, and its hash, for machines
  cases --data DIR | --config FILE [--ndjson]
        Prints every case of the log: a table, or one JSON object on each line.
`;

/**
 * Tests whose coverage of the domain and the case log is counted: those of these rooms, and of what is made of them. As patterns of
 * their paths.
 */
exports.COUNTED_TESTS = [
  '/test/(domain|flows|stores/caselog)/.*\\.test\\.ts$',
  '/test/stores/drift[^/]*\\.test\\.ts$',
];

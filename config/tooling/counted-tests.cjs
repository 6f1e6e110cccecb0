/** Tests whose coverage of the domain and the case log is counted: those of these rooms, and of what is made of them. */

/** Rooms whose tests start nothing and keep nothing. */
exports.PURE_ROOMS = ['domain', 'flows'];

/** The others, as patterns of their paths. */
exports.OTHERS_COUNTED = ['/test/stores/caselog/.*\\.test\\.ts$', '/test/stores/drift[^/]*\\.test\\.ts$'];

/** All of them, as patterns of their paths. */
exports.COUNTED_TESTS = [
  ...exports.PURE_ROOMS.map((room) => `/test/${room}/.*\\.test\\.ts$`),
  ...exports.OTHERS_COUNTED,
];

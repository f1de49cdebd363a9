/**
 * Tests that cross modules: the architecture's arrows, a seeded simulation of many routers, and
 * acceptance of the packaged product between network namespaces.
 */
@NullMarked
package io.weft.tests;

import org.jspecify.annotations.NullMarked;

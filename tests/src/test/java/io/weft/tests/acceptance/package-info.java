/**
 * The packaged product between hosts that are network namespaces. Needs root and the tools of
 * {@code make test}; skipped with the reason otherwise, unless {@code CI=true} says that it must
 * run. Every namespace carries the process id in its name and is removed with its {@link
 * io.weft.tests.acceptance.Underlay}.
 */
@NullMarked
package io.weft.tests.acceptance;

import org.jspecify.annotations.NullMarked;

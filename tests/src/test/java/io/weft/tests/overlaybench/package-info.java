/**
 * {@code make bench-overlay}, {@code make bench-failover} and {@code make soak}: the packaged
 * router between network namespaces under load, measured side by side with other overlays of the
 * distribution and with plain kernel paths, and while its own path changes. Needs root and what
 * {@code dev/deps bench} installs; never part of {@code make test}, but for the tests of its own
 * parts.
 */
@NullMarked
package io.weft.tests.overlaybench;

import org.jspecify.annotations.NullMarked;

/** What the router counts, and the page that shows it. Safe for use by all threads. */
@NullMarked
package io.weft.router.metrics;

import org.jspecify.annotations.NullMarked;

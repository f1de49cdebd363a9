/**
 * What the router shows of itself (ipam.md 9): the status texts, the report and the metrics page.
 * Pure functions of a snapshot that the conductor takes.
 */
@NullMarked
package io.weft.router.status;

import org.jspecify.annotations.NullMarked;

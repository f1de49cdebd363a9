/**
 * This host as the router finds and changes it: its identity, the bridge and its interfaces.
 * Everything here may block and runs while the router starts or stops.
 */
@NullMarked
package io.weft.router.host;

import org.jspecify.annotations.NullMarked;

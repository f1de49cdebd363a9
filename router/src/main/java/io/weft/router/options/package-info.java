/** What the router is told when it is started: flags, environment and the peers to connect to. */
@NullMarked
package io.weft.router.options;

import org.jspecify.annotations.NullMarked;

/** What the fuzz targets of all modules share; handed to their tests as a jar of its own. */
@NullMarked
package io.weft.gossip.fuzzing;

import org.jspecify.annotations.NullMarked;

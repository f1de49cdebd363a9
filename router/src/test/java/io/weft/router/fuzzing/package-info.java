/** Past findings of the fuzz targets of this module, which are part of every build. */
@NullMarked
package io.weft.router.fuzzing;

import org.jspecify.annotations.NullMarked;

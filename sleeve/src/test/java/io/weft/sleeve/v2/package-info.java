/** Tests of {@code sleeve2}. */
@NullMarked
package io.weft.sleeve.v2;

import org.jspecify.annotations.NullMarked;

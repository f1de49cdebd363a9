/** Tests of the user-space overlay. */
@NullMarked
package io.weft.sleeve;

import org.jspecify.annotations.NullMarked;

/** What the compiled classes and the sources must look like in every module. */
@NullMarked
package io.weft.tests.architecture;

import org.jspecify.annotations.NullMarked;

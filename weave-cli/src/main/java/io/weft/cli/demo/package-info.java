/**
 * {@code weave demo}: three hosts made of network namespaces, real routers and real traffic between
 * containers. Drives the {@code weave} command as a user would and checks what comes of it.
 */
@NullMarked
package io.weft.cli.demo;

import org.jspecify.annotations.NullMarked;

/**
 * What the CNI plugins, which run inside the router, are given of it: the allocator on the
 * conductor, and the bridge's own address.
 */
@NullMarked
package io.weft.router.plugin;

import org.jspecify.annotations.NullMarked;

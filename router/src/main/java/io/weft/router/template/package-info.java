/**
 * Report templates (features.md 1.7): a subset of Go's {@code text/template}, with the function
 * {@code json}, over what {@code GET /report} tells. Any thread; nothing is shared.
 */
@NullMarked
package io.weft.router.template;

import org.jspecify.annotations.NullMarked;

package io.weft.linux;

/**
 * What {@link NetworkNamespace#perform} does inside a namespace.
 *
 * @param <E> what it may throw; unchecked if nothing
 */
@FunctionalInterface
public interface NamespaceAction<E extends Exception> {
  /** Does the work. */
  void perform() throws E;
}

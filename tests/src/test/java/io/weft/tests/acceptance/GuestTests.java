package io.weft.tests.acceptance;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Runs the tests of some classes in a machine that holds no build tool; their names are the
 * arguments. A test that would be skipped there fails: it is what the machine is for.
 */
final class GuestTests {
  private GuestTests() {}

  public static void main(String[] classes) throws ReflectiveOperationException {
    int failures = 0;
    for (String name : classes) {
      Class<?> type = Class.forName(GuestTests.class.getPackageName() + "." + name);
      Constructor<?> constructor = type.getDeclaredConstructor();
      constructor.setAccessible(true);
      for (Method before : annotated(type, BeforeAll.class)) {
        before.invoke(null);
      }
      for (Method test : annotated(type, Test.class)) {
        long began = System.nanoTime();
        String result = "passed";
        try {
          test.invoke(constructor.newInstance());
        } catch (InvocationTargetException e) {
          e.printStackTrace();
          result = "FAILED";
          failures++;
        }
        System.out.printf(
            "%s %s.%s after %d s%n",
            result, name, test.getName(), (System.nanoTime() - began) / 1_000_000_000);
      }
    }
    System.exit(failures == 0 ? 0 : 1);
  }

  private static List<Method> annotated(
      Class<?> type, Class<? extends java.lang.annotation.Annotation> annotation) {
    List<Method> methods =
        Arrays.stream(type.getDeclaredMethods())
            .filter(method -> method.isAnnotationPresent(annotation))
            .sorted(Comparator.comparing(Method::getName))
            .toList();
    methods.forEach(method -> method.setAccessible(true));
    return methods;
  }
}

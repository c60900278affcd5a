# Promises about what surrounds a product: floating-point exceptions and environment, errno, the
# stack, structs of other versions.

kron_eye_test_paths(test_exceptions)

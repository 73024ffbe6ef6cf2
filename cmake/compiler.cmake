# One interface target carries what every part is compiled with: warnings as errors, and one meaning of floating point.
add_library(pathquant_options INTERFACE)
# Contraction is off so that the bits of a result do not depend on which products the compiler fuses; kernels write std::fma.
target_compile_options(pathquant_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion
                                                   -Wnon-virtual-dtor -Werror -ffp-contract=off)
# g++ 12 sees uninitialised members in copies of aggregates and of Eigen's vectors that have none, and an overflow in the
# sum of a literal and a temporary string.
target_compile_options(pathquant_options INTERFACE
                       "$<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized;-Wno-stringop-overflow>")
string(REPLACE "-O2" "-O3" CMAKE_CXX_FLAGS_RELEASE "${CMAKE_CXX_FLAGS_RELEASE}")

set(PATHQUANT_SANITIZE "" CACHE STRING "Sanitizers to build with (address, undefined, thread)")
if(PATHQUANT_SANITIZE)
  target_compile_options(pathquant_options INTERFACE -fsanitize=${PATHQUANT_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(pathquant_options INTERFACE -fsanitize=${PATHQUANT_SANITIZE})
endif()

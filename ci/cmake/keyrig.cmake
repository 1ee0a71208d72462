# One function per kind of target. A folder is one library; what it LINKS is what it may include.

# The presets compile several files of a folder as one (CMAKE_UNITY_BUILD): a third of the time. Names
# in a folder's unnamed namespaces are therefore unique to the folder.
set(CMAKE_UNITY_BUILD_BATCH_SIZE 6)

set(KEYRIG_LEVELS unit flow uhid nfc browser hil fuzz bench)

# keyrig_library(base SOURCES a.cc b.cc LINKS keyrig::x PRIVATE_LINKS OpenSSL::Crypto)
function(keyrig_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINKS;PRIVATE_LINKS")
  add_library(keyrig_${name} STATIC ${arg_SOURCES})
  add_library(keyrig::${name} ALIAS keyrig_${name})
  list(LENGTH arg_SOURCES count)
  if(count EQUAL 1)
    set_target_properties(keyrig_${name} PROPERTIES UNITY_BUILD OFF)
  endif()
  target_include_directories(keyrig_${name} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/keyrig>)
  target_compile_features(keyrig_${name} PUBLIC cxx_std_20)
  set_target_properties(keyrig_${name} PROPERTIES EXPORT_NAME ${name})
  # Only a build needs what is nothing but headers or flags, not who links the archive.
  list(TRANSFORM arg_PRIVATE_LINKS REPLACE "^nlohmann_json::nlohmann_json$" "$<BUILD_INTERFACE:\\0>")
  target_link_libraries(keyrig_${name} PUBLIC ${arg_LINKS}
    PRIVATE ${arg_PRIVATE_LINKS} $<BUILD_INTERFACE:keyrig_warnings>)
endfunction()

# keyrig_program(virtual-key SOURCES main.cc LINKS …) builds bin/virtual-key.
function(keyrig_program name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINKS")
  add_executable(${name} ${arg_SOURCES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${arg_LINKS} keyrig_warnings)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
endfunction()

# keyrig_test(base LEVEL unit SOURCES a_test.cc LINKS keyrig::base) builds bin/test/base_<level>, tells
# CTest, and adds a line to tests-<level>.txt for ci/test.
function(keyrig_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "LEVEL" "SOURCES;LINKS;DEFINITIONS")
  if(NOT arg_LEVEL IN_LIST KEYRIG_LEVELS)
    message(FATAL_ERROR "keyrig_test(${name}): LEVEL must be one of ${KEYRIG_LEVELS}")
  endif()
  string(REPLACE "-" "_" test ${name}_${arg_LEVEL})
  add_executable(${test} ${arg_SOURCES})
  target_include_directories(${test} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${test} PRIVATE ${arg_LINKS} GTest::gmock_main keyrig_warnings)
  target_compile_definitions(${test} PRIVATE ${arg_DEFINITIONS}
    KEYRIG_BIN_DIR="${PROJECT_BINARY_DIR}/bin" KEYRIG_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  set_target_properties(${test} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin/test)
  if(arg_LEVEL MATCHES "^(unit|flow)$")
    gtest_discover_tests(${test} DISCOVERY_MODE PRE_TEST PROPERTIES LABELS ${arg_LEVEL} TIMEOUT 300)
  else()
    # As one test: the kernel's devices are shared, and what is not here skips.
    add_test(NAME ${test} COMMAND ${test})
    set_tests_properties(${test} PROPERTIES LABELS ${arg_LEVEL} TIMEOUT 900 RUN_SERIAL ON)
  endif()
  set_property(GLOBAL APPEND PROPERTY KEYRIG_TESTS_${arg_LEVEL} ${test})
endfunction()

# keyrig_fuzzer(cbor SOURCES cbor_fuzz.cc LINKS … SEEDS folder): with KEYRIG_FUZZ a libFuzzer program,
# else one that replays its seeds.
function(keyrig_fuzzer name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "SEEDS" "SOURCES;LINKS")
  string(REPLACE "-" "_" fuzzer ${name}_fuzz)
  add_executable(${fuzzer} ${arg_SOURCES})
  target_include_directories(${fuzzer} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${fuzzer} PRIVATE ${arg_LINKS} keyrig_warnings)
  set_target_properties(${fuzzer} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin/fuzz)
  if(KEYRIG_FUZZ)
    target_link_options(${fuzzer} PRIVATE -fsanitize=fuzzer)
  else()
    target_sources(${fuzzer} PRIVATE ${PROJECT_SOURCE_DIR}/ci/cmake/replay_seeds.cc)
    add_test(NAME ${fuzzer}.seeds COMMAND ${fuzzer} ${CMAKE_CURRENT_SOURCE_DIR}/${arg_SEEDS})
    set_tests_properties(${fuzzer}.seeds PROPERTIES LABELS fuzz)
  endif()
  set_property(GLOBAL APPEND PROPERTY KEYRIG_TESTS_fuzz "${fuzzer} ${CMAKE_CURRENT_SOURCE_DIR}/${arg_SEEDS}")
endfunction()

# keyrig_benchmark(authenticator SOURCES x_bench.cc LINKS …) builds bin/bench/authenticator_bench.
function(keyrig_benchmark name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINKS")
  string(REPLACE "-" "_" bench ${name}_bench)
  add_executable(${bench} ${arg_SOURCES})
  target_include_directories(${bench} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${bench} PRIVATE ${arg_LINKS} benchmark::benchmark_main keyrig_warnings)
  set_target_properties(${bench} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin/bench)
  add_test(NAME ${bench} COMMAND ${bench})
  set_tests_properties(${bench} PROPERTIES LABELS bench RUN_SERIAL ON)
  set_property(GLOBAL APPEND PROPERTY KEYRIG_TESTS_bench ${bench})
endfunction()

# keyrig_assets(target folder): embeds every file of `folder`; assets.h of harness/base finds them as
# "<path of the folder from the project's root>/<file>".
function(keyrig_assets target folder)
  file(GLOB_RECURSE files CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/*)
  set(generated ${CMAKE_CURRENT_BINARY_DIR}/${target}_assets.cc)
  add_custom_command(OUTPUT ${generated}
    COMMAND ${CMAKE_COMMAND} -DOUTPUT=${generated} -DROOT=${PROJECT_SOURCE_DIR} "-DFILES=${files}"
            -DTARGET=${target} -P ${PROJECT_SOURCE_DIR}/ci/cmake/embed.cmake
    DEPENDS ${files} ${PROJECT_SOURCE_DIR}/ci/cmake/embed.cmake VERBATIM)
  target_sources(${target} PRIVATE ${generated})
endfunction()

# Writes tests-<level>.txt, one program a line, for ci/test.
function(keyrig_write_manifests)
  foreach(level IN LISTS KEYRIG_LEVELS)
    get_property(tests GLOBAL PROPERTY KEYRIG_TESTS_${level})
    string(REPLACE ";" "\n" lines "${tests}")
    file(WRITE ${PROJECT_BINARY_DIR}/tests-${level}.txt "${lines}\n")
  endforeach()
endfunction()

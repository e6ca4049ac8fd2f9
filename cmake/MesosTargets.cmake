# One target a folder: mesos_library, mesos_executable and mesos_test take SRCS and DEPS.
#
#   mesos_library(resources SRCS quantity.cc ... DEPS base mesos_v1_proto)
#   mesos_executable(mesos-master SRCS main.cc DEPS master_daemon)
#   mesos_test(quantity_test SRCS quantity_test.cc DEPS resources)
#   mesos_fuzzer(resource_text_fuzzer SRCS resource_text_fuzzer.cc CORPUS corpus/resource_text DEPS resources)

function(mesos_library NAME)
  cmake_parse_arguments(ARG "" "" "SRCS;DEPS" ${ARGN})
  if(ARG_SRCS)
    add_library(${NAME} STATIC ${ARG_SRCS})
    target_include_directories(${NAME} PUBLIC ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/include)
    target_link_libraries(${NAME} PUBLIC ${ARG_DEPS} Threads::Threads)
    if(MESOS_FUZZERS)
      # Without coverage of the code under test, libFuzzer would be guessing.
      target_compile_options(${NAME} PRIVATE -fsanitize=fuzzer-no-link)
    endif()
  else()
    add_library(${NAME} INTERFACE)
    target_include_directories(${NAME} INTERFACE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/include)
    target_link_libraries(${NAME} INTERFACE ${ARG_DEPS} Threads::Threads)
  endif()
endfunction()

function(mesos_executable NAME)
  cmake_parse_arguments(ARG "" "" "SRCS;DEPS" ${ARGN})
  add_executable(${NAME} ${ARG_SRCS})
  target_include_directories(${NAME} PRIVATE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/include)
  target_link_libraries(${NAME} PRIVATE ${ARG_DEPS} Threads::Threads)
endfunction()

function(mesos_test NAME)
  cmake_parse_arguments(ARG "" "TIMEOUT" "SRCS;DEPS" ${ARGN})
  if(NOT MESOS_BUILD_TESTS)
    return()
  endif()
  add_executable(${NAME} ${ARG_SRCS})
  set_target_properties(${NAME} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
  target_include_directories(${NAME} PRIVATE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/include
                                             ${PROJECT_SOURCE_DIR})
  target_link_libraries(${NAME} PRIVATE ${ARG_DEPS} GTest::gmock GTest::gtest_main Threads::Threads)
  # What is tested keeps its optimization; the tests themselves build faster without much of it.
  target_compile_options(${NAME} PRIVATE $<$<CONFIG:Release>:-O1>)
  add_test(NAME ${NAME} COMMAND ${NAME})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  set_tests_properties(${NAME} PROPERTIES TIMEOUT ${ARG_TIMEOUT})
  mesos_smoke_test(${NAME} ${NAME})
endfunction()

# What the sanitizers run at every change (`--target smoke`, label `smoke`): all that takes bytes from outside apart, and
# both cores. `scripts/test --sanitizers` runs the rest.
set(MESOS_SMOKE_TESTS
    messages_test validation_test master_core_test master_wire_fuzzer agent_core_test agent_wire_fuzzer
    status_update_streams_test container_files_test process_containerizer_test http_server_test http_stream_test
    http_request_body_test http_request_fuzzer)

# TEST, which TARGET builds, joins them where it is listed.
function(mesos_smoke_test TEST TARGET)
  if(NOT ${TARGET} IN_LIST MESOS_SMOKE_TESTS)
    return()
  endif()
  if(NOT TARGET smoke)
    add_custom_target(smoke)
  endif()
  add_dependencies(smoke ${TARGET})
  set_property(TEST ${TEST} APPEND PROPERTY LABELS smoke)
endfunction()

# A fuzz target. With MESOS_FUZZERS it links libFuzzer; in every build its corpus runs as a plain test.
function(mesos_fuzzer NAME)
  cmake_parse_arguments(ARG "" "CORPUS" "SRCS;DEPS" ${ARGN})
  if(NOT MESOS_BUILD_TESTS)
    return()
  endif()
  add_executable(${NAME} ${ARG_SRCS})
  set_target_properties(${NAME} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/fuzz)
  target_include_directories(${NAME} PRIVATE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/include
                                             ${PROJECT_SOURCE_DIR})
  target_link_libraries(${NAME} PRIVATE ${ARG_DEPS} Threads::Threads)
  if(MESOS_FUZZERS)
    target_compile_options(${NAME} PRIVATE -fsanitize=fuzzer)
    target_link_options(${NAME} PRIVATE -fsanitize=fuzzer)
  else()
    target_sources(${NAME} PRIVATE ${PROJECT_SOURCE_DIR}/tests/fuzz/corpus_main.cc)
  endif()
  add_test(NAME ${NAME}_corpus COMMAND ${NAME} ${CMAKE_CURRENT_SOURCE_DIR}/${ARG_CORPUS})
  mesos_smoke_test(${NAME}_corpus ${NAME})
  if(MESOS_FUZZERS)
    set_tests_properties(${NAME}_corpus PROPERTIES ENVIRONMENT "" TIMEOUT 120)
  endif()
endfunction()

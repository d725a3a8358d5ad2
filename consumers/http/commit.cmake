# Which commit the program is built from, for people who report what they see. It is looked at in
# each build: one generated file, rewritten (and one source compiled again) only when it is another.
# Without git, or outside a clone, it is "unknown"; with changed files it ends in "-dirty".
if(CMAKE_SCRIPT_MODE_FILE)
  cmake_minimum_required(VERSION 3.25)
  set(commit unknown)
  find_program(GIT git)
  if(GIT)
    # safe.directory: another user's clone, as in a container, has a commit too.
    execute_process(COMMAND ${GIT} -c safe.directory=* -C ${SOURCE} describe --always --dirty
                            --exclude * --abbrev=12
                    OUTPUT_VARIABLE described OUTPUT_STRIP_TRAILING_WHITESPACE
                    ERROR_QUIET RESULT_VARIABLE failed)
    if(NOT failed AND described MATCHES "^[0-9a-f]+(-dirty)?$")
      set(commit ${described})
    endif()
  endif()
  file(CONFIGURE OUTPUT ${OUT} @ONLY CONTENT
"#pragma once\n\nnamespace caseclock {\ninline constexpr char kCommitText[] = \"@commit@\";\n}\n")
  return()
endif()

function(caseclock_name_commit target)
  set(generated ${CMAKE_BINARY_DIR}/generated/consumers/http/commit_text.h)
  add_custom_target(caseclock_commit BYPRODUCTS ${generated}
    COMMAND ${CMAKE_COMMAND} -DSOURCE=${CMAKE_SOURCE_DIR} -DOUT=${generated}
            -P ${CMAKE_SOURCE_DIR}/consumers/http/commit.cmake
    COMMENT "Looking at the commit" VERBATIM)
  add_dependencies(${target} caseclock_commit)
endfunction()

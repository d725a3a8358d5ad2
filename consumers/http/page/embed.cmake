# Compiles the files of the first page into the program: one generated header with an array a
# file, named after it (page.html → kPageHtml). The program then needs no files beside itself.
function(caseclock_embed_page target)
  set(folder ${CMAKE_SOURCE_DIR}/consumers/http/page)
  set(generated ${CMAKE_BINARY_DIR}/generated/consumers/http/page_files.h)
  set(text "#pragma once\n\nnamespace caseclock::http {\n")
  foreach(pair page.html=kPageHtml page.css=kPageCss page.js=kPageJs live.js=kLiveJs
      openapi.json=kOpenApi)
    string(REPLACE "=" ";" parts ${pair})
    list(GET parts 0 file)
    list(GET parts 1 name)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${folder}/${file})
    # HEX, because CMake would take semicolons and brackets of the text for lists.
    file(READ ${folder}/${file} bytes HEX)
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
    string(APPEND text "inline constexpr unsigned char ${name}[] = {${bytes}};\n")
  endforeach()
  string(APPEND text "}  // namespace caseclock::http\n")
  file(GENERATE OUTPUT ${generated} CONTENT "${text}")
  target_include_directories(${target} PRIVATE ${CMAKE_BINARY_DIR}/generated)
endfunction()

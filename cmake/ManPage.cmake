# cmake -DTOOL=... -DPROSE=[FILE] -DPAGE=... -P ManPage.cmake
# Writes TOOL's man page; the line `.\" prose` gives way to the sections of PROSE.
execute_process(COMMAND ${TOOL} --generate man OUTPUT_VARIABLE page COMMAND_ERROR_IS_FATAL ANY)
set(sections "")
if(PROSE)
  file(READ ${PROSE} sections)
endif()
string(REPLACE ".\\\" prose\n" "${sections}" page "${page}")
file(WRITE ${PAGE} "${page}")

#include "common/command.hpp"

namespace limsym::cli {

int run_tool(Tool tool, int, char**) {
    return tool.commands.empty() ? 2 : 70;
}

} // namespace limsym::cli

#include "common/generate.hpp"
#include "common/terminal.hpp"
#include "common/text.hpp"
#include "limsym/base/error.hpp"
#include "support.hpp"

using namespace limsym;

namespace {

struct Fixture {
    double alpha = 1.5;
    std::string which = "a";
    std::vector<std::string> files;
    cli::Tool tool;

    Fixture() {
        cli::Command command("fit model", "fit it");
        command.operands(files, 1, 2, "X [X2]", "Data").results({data::Format::csv, data::Format::json});
        command.number(alpha, "--alpha", "A", cli::Range::closed(0.0, 2.0), "It's an index").required = true;
        command.choice(which, "--which", {"a", "b"}, "Which: [one]");
        tool.name = "a-tool";
        tool.summary = "a summary";
        tool.commands = {command};
    }
};

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("synopsis and help of a subcommand") {
    const Fixture fixture;
    const cli::Command& command = fixture.tool.commands.front();
    CHECK(cli::synopsis(fixture.tool, command) == "a-tool fit model [options] --alpha A X [X2]");
    const std::string help = cli::command_help(fixture.tool, command);
    CHECK(contains(help, "  --alpha A                It's an index (required; 0 <= alpha <= 2)\n"));
    CHECK(contains(help, "  --to csv|json"));
    CHECK(contains(help, "  -o, --out FILE"));
}

TEST_CASE("every declared option is in every text") {
    const Fixture fixture;
    const std::string table = cli::option_table(fixture.tool);
    CHECK(contains(table, "fit model --alpha\n"));
    for (const cli::OptionSpec& spec : cli::all_options(fixture.tool.commands.front())) {
        CHECK(contains(cli::man_page(fixture.tool), "Fl \\-" + spec.name.substr(2)));
        CHECK(contains(cli::bash_completion(fixture.tool), spec.name));
        CHECK(contains(cli::zsh_completion(fixture.tool), ")" + spec.name));
        CHECK(contains(cli::fish_completion(fixture.tool), " -l " + spec.name.substr(2) + " "));
    }
}

TEST_CASE("texts are quoted as each shell wants it") {
    const Fixture fixture;
    CHECK(contains(cli::zsh_completion(fixture.tool), "[It'\\''s an index]"));
    CHECK(contains(cli::zsh_completion(fixture.tool), "[Which\\: \\[one\\]]:value:(a b)"));
    CHECK(contains(cli::fish_completion(fixture.tool), "-d 'It\\'s an index'"));
}

TEST_CASE("a name without dashes is a bug") {
    double value = 0.0;
    cli::Command command("x", "x");
    CHECK_THROWS_AS(command.number(value, "noise", "V", cli::Range::any(), "x"), std::logic_error);
}

TEST_CASE("paragraphs are cut at words") {
    CHECK(cli::wrapped("aaa bbb ccc", 2, 9) == "  aaa bbb\n  ccc\n");
    CHECK(cli::wrapped("aaa", 6, 20, "  -x") == "  -x  aaa\n");
    CHECK(cli::wrapped("wordlongerthanaline b", 0, 5) == "wordlongerthanaline\nb\n");
    CHECK(cli::width_of("é≤") == 2);
}

TEST_CASE("command lines are cut outside quotes") {
    using Lines = std::vector<std::string>;
    CHECK(cli::command_lines("a b c", 20) == Lines{"a b c"});
    CHECK(cli::command_lines("tool --long 1 --other 2", 15) == Lines{"tool --long 1 \\", "    --other 2"});
    CHECK(cli::command_lines("printf 'a b' | tool", 13) == Lines{"printf \\", "    'a b' | \\", "    tool"});
    CHECK(cli::command_lines("a 'b c d e f'", 6) == Lines{"a \\", "    'b c d e f'"});
}

TEST_CASE("durations") {
    CHECK(cli::duration_text(0.2) == "1 s");
    CHECK(cli::duration_text(200.0) == "3 min 20 s");
    CHECK(cli::duration_text(7500.0) == "2 h 5 min");
    CHECK(cli::duration_text(-3.0) == "0 s");
}

#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "gen_boards.hpp"
#include "group_options.hpp"
#include "limsym/base/error.hpp"
#include "limsym/base/parallel.hpp"
#include "limsym/data/json_writer.hpp"
#include "limsym/satnet/noisy_matrix.hpp"
#include "limsym/symmetry/partition.hpp"

namespace limsym::tools {

namespace {

constexpr std::size_t records_of_piece = 16; // made by one thread at a time
constexpr std::size_t pieces_of_batch = 64;  // written together

struct Options {
    std::vector<std::string> kinds;
    std::size_t count = 1;
    BoardOptions board;
    GroupOptions group;
    std::optional<double> noise;
    bool shuffle = false;
    std::string emit = "record";
};

/// A line for every record, in order; `line_of` is called from several threads.
void write_lines(std::size_t count, const std::function<std::string(std::size_t)>& line_of, cli::Context& context) {
    for (std::size_t first = 0; first < count; first += records_of_piece * pieces_of_batch) {
        const std::size_t size = std::min(records_of_piece * pieces_of_batch, count - first);
        std::vector<std::string> pieces((size + records_of_piece - 1) / records_of_piece);
        base::parallel_for(pieces.size(), [&](std::size_t piece) {
            const std::size_t begin = first + piece * records_of_piece;
            for (std::size_t i = begin; i < std::min(begin + records_of_piece, first + size); ++i)
                pieces[piece] += line_of(i) + "\n";
        });
        for (const std::string& piece : pieces)
            context.out()(piece);
        context.flush();
        context.monitor().advance(static_cast<double>(first + size), static_cast<double>(count), "records");
    }
}

int write_matrices(const Options& options, cli::Context& context) {
    if (options.group.expression.empty())
        throw base::InputError("--group", "is missing; expected a group for gen matrix");
    const symmetry::Group group = read_group(options.group, context);
    const symmetry::PairPartition pairs =
        symmetry::symmetric_orbitals(symmetry::orbitals(group.degree(), symmetry::generators(group)));
    for (std::size_t i = 0; i < options.count; ++i) {
        const satnet::NoisyMatrix drawn = satnet::noisy_matrix(pairs, options.noise.value_or(0.005), options.shuffle,
                                                               base::RandomStream(context.seed(), "gen matrix", i));
        data::JsonWriter writer(context.out());
        writer.begin_object().member("schema", "limsym/matrix@1").member("id", i);
        writer.member("rows", group.degree()).member("cols", group.degree()).key("data").rows(drawn.matrix);
        writer.member("labels_sha256", symmetry::labels_sha256(drawn.partition)).end_object().finish();
        context.flush();
        context.monitor().advance(static_cast<double>(i + 1), static_cast<double>(options.count), "matrices");
    }
    return 0;
}

int run(const Options& options, cli::Context& context) {
    if (options.kinds.empty())
        throw base::InputError("KIND", "is missing; expected sudoku, latin, cube, coloring or matrix");
    const std::string& kind = options.kinds[0];
    if (kind == "matrix") {
        refuse_board_options(options.board, kind);
        if (options.emit != "record") throw base::InputError("--emit", "a matrix has no text form; expected record");
        return write_matrices(options, context);
    }
    if (!options.group.expression.empty() || options.group.degree || options.noise || options.shuffle)
        throw base::InputError(!options.group.expression.empty() ? "--group"
                               : options.group.degree            ? "--degree"
                               : options.noise                   ? "--noise"
                                                                 : "--shuffle",
                               "belongs to gen matrix; " + kind + " has no such option");
    const BoardSource source = board_source(kind, options.board);
    if (options.emit == "line" && !source.problem)
        throw base::InputError("--emit", kind + " has no text form; expected record");
    const bool lines = options.emit == "line";
    const std::uint64_t seed = context.seed();
    write_lines(
        options.count,
        [&](std::size_t i) {
            const satnet::PartialAssignment record = source.make(base::RandomStream(seed, "gen " + kind, i));
            return lines ? board_line(record, *source.problem) : record_line(i, record);
        },
        context);
    return 0;
}

} // namespace

cli::Command gen_command() {
    const auto options = std::make_shared<Options>();
    cli::Command command("gen", "random examples: Sudoku, Latin squares, cubes, colourings, noisy matrices");
    command.describe(
        "sudoku and latin are puzzles with exactly one solution: cells of a random full board are revealed in "
        "random order until the solution is unique (--givens unique), those that are not needed are hidden "
        "again (minimal), or exactly N cells are given. cube is a scrambled cube of which some facelets are "
        "hidden; coloring a random proper colouring of a DIMACS graph with some nodes hidden. Records are "
        "limsym/assignment@1: x with null for unknown variables, y the whole.");
    command.describe(
        "matrix draws a Gaussian value for every symmetric orbital of --group, adds noise, and tells the hash "
        "of the labels that find should find. Record i is the same for any --count.");
    command.example("symsat-learn gen sudoku --count 3000 --givens 36 --seed 1 > d.ndjson", "3000 boards of 36 givens");
    command.example("symsat-learn gen sudoku --size 2 --count 5 --emit line", "five 4 x 4 puzzles as text");
    command.example("symsat-learn gen matrix --group 'S3 wr S10' --shuffle | symsat-learn find",
                    "a symmetry found again");
    command.integer(options->count, "--count", "N", 0, 1'000'000'000'000, "number of records").short_name = "-n";
    command.choice(options->emit, "--emit", {"record", "line"}, "JSON records, or lines puzzle,solution");
    declare(command, options->board);
    declare(command, options->group);
    command.group("Matrix");
    command.number(options->noise, "--noise", "A", cli::Range::not_negative(), "amplitude of uniform noise")
        .default_text = "0.005";
    command.flag(options->shuffle, "--shuffle", "permute rows and columns together");
    command.operands(options->kinds, 0, 1, "KIND", "sudoku, latin, cube, coloring or matrix");
    command.results({data::Format::ndjson});
    command.random();
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools

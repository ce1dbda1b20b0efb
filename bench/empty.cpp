#include <cblas.h>

int main() {
    // The address keeps the library linked; nothing is called.
    int (*volatile const kept)() = openblas_get_num_threads;
    return kept == nullptr ? 1 : 0;
}

/* The losses of a batch of points, and their gradients: gathered, a tile at a time, forward and backward. */

/* Points `from` to `from + count` of an order of numbers (size, width) into a tile. */
static void gather(const network *net, lanes *tile, const REAL *const *numbers, const source *of, int64_t from,
                   int count, int width) {
    int64_t at[LANES][MOST_POINTS];
    for (int l = 0; l < (of->is_one ? 1 : LANES); l++)
        for (int t = 0; t < count; t++) at[l][t] = (of->order[l] ? of->order[l][from + t] : from + t) * width;
    for (int i = 0; i < width; i++, tile += net->pitch)
        if (net->is_alone)
            for (int t = 0; t < count; t++) ((REAL *)tile)[t] = numbers[0][at[0][t] + i];
        else if (of->is_one)
            for (int t = 0; t < count; t++) tile[t] = splat(numbers[0][at[0][t] + i]);
        else
            for (int t = 0; t < count; t++)
                for (int l = 0; l < LANES; l++) tile[t][l] = numbers[l][at[l][t] + i];
}

/* Adds the sums of the losses of a tile's points; d gets their slopes times `share`. */
static void add_losses(double *sums, const group *of, REAL share) {
    const network *net = &of->net;
    const layer *last = net->layers + net->count - 1;
    const int vectors = VECTORS(net->is_alone, net->points);
    lanes sum = {0};
    for (int o = 0; o < last->units; o++) {
        lanes *errors = net->targets + o * net->pitch, *d = last->d + o * net->pitch;
        lanes *losses = net->losses + o * net->pitch;
        for (int k = 0; k < vectors; k++) errors[k] = last->a[o * net->pitch + k] - errors[k];
        losses_of((REAL *)losses, (REAL *)d, (const REAL *)errors, vectors * LANES, of->runs[0]->loss,
                  (REAL)of->runs[0]->loss_factor);
        for (int k = 0; k < vectors; k++) d[k] *= share;
        for (int t = 0; t < net->points; t++) sum += load(net->is_alone, (REAL *)losses + t * STEP(net->is_alone));
    }
    for (int l = 0; l < LANES; l++) sums[l] += (double)sum[l];
}

/* The mean losses of points `from` to `from + count` of an order, and perhaps the parameters' gradients. */
static void mean_losses(group *of, double *losses, const source *points, int64_t from, int64_t count,
                        int with_gradients) {
    network *net = &of->net;
    const int inputs = net->layers[0].inputs, outputs = net->layers[net->count - 1].units;
    const double numbers = (double)count * outputs;
    double sums[LANES] = {0};
    for (int64_t done = 0; done < count; done += MOST_POINTS) {
        net->points = count - done < MOST_POINTS ? (int)(count - done) : MOST_POINTS;
        gather(net, net->inputs, points->x, points, from + done, net->points, inputs);
        gather(net, net->targets, points->y, points, from + done, net->points, outputs);
        forward(net);
        add_losses(sums, of, (REAL)(1 / numbers));
        if (with_gradients) backward(net, done > 0);
    }
    for (int l = 0; l < LANES; l++) losses[l] = sums[l] / numbers;
}


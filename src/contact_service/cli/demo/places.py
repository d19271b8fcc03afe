"""Where the people of the demo book live: invented people, with numbers from ranges kept for fiction where a country
has them (Ofcom, Arcep, Bundesnetzagentur, PTS, ACMA, NANPA 555-01xx), else from blocks that no operator has.
"""

import msgspec


class Place(msgspec.Struct, frozen=True):
    """A language and a country. `people` are full names, the parts of each parted by a space, in the order written.

    In `phones`, `#` stands for a digit. `joint` joins the parts of a name; `family_first` tells which part is which.
    """

    people: str
    phones: tuple[str, ...]
    cities: str
    country: str
    streets: str
    firms: str
    jobs: str
    family_first: bool = False
    joint: str = " "
    street_first: bool = True

    def names(self) -> list[str]:
        """The full names, as they are parted in the table."""
        return split(self.people)


def split(table: str) -> list[str]:
    """The entries of a table written as one text, parted by commas."""
    return [" ".join(entry.split()) for entry in table.split(",")]


WEST = (
    Place(
        "Amelia Hartley, Callum Reid, Priya Nair, Oliver Blackwood, Siân Pryce-Jones, "
        "Niamh O’Connor, Rory MacAllister, Grace Okafor, Theo Ashworth, Imogen Clarke, "
        "Hamish Buchanan, Zara Ahmed, Freddie Lockwood, Eleri Vaughan, Isla Drummond, "
        "Kwame Mensah, Harriet Sedgwick, Tom Fairbairn, Bronwen Ellis, George Pemberton",
        ("+44 20 7946 0###", "+44 7700 900###"),
        "London, Bristol, Edinburgh, Cardiff, Leeds",
        "United Kingdom",
        "Larkspur Lane, Mill Road, Station Parade, Orchard Close",
        "Harbour & Finch, Northwind Studios, Kestrel Bakery",
        "Editor, Carpenter, Nurse, Data analyst, Teacher",
        street_first=False,
    ),
    Place(
        "Maya Thompson, Elijah Brooks, Sofia Delgado, Noah Goldberg, Aaliyah Washington, "
        "Ethan Nakamura, Chloe Bergeron, Mateo Ramírez, Hannah Lindqvist, Jamal Carter, "
        "Emily Kowalczyk, Lucas Whitefeather, Abigail Stone, Diego Fuentes, Ruth Abernathy, "
        "Owen McBride, Leilani Kealoha, Benjamin Katz, Naomi Fitzgerald, Caleb Underwood, "
        "Ivy Zhang",
        ("+1 212 555 01##", "+1 415 555 01##", "+1 503 555 01##", "(646) 555-01##"),
        "New York, San Francisco, Portland, Chicago, Montréal",
        "United States",
        "Maple Street, Juniper Avenue, Harbor Drive, Cedar Court",
        "Blue Heron Labs, Tillamook Cycles, Lantern Press",
        "Product designer, Architect, Pediatrician, Line cook, Attorney",
        street_first=False,
    ),
    Place(
        "Jürgen Müller, Käthe Schröder, Björn Weiß, Lena Hofmann, Sören Großmann, "
        "Anneliese Köhler, Matthias Böttcher, Franziska Jäger, Thorsten Vogel, "
        "Greta Lindemann, Özlem Yıldız, Moritz Kühn, Heike Schäfer, Jonas Bergmann, "
        "Mareike Thießen, Ulrich Zöllner, Paula Fuchs, Dörte Petersen, Emre Aydın, "
        "Hannelore Weber",
        ("+49 30 23125 ###", "+49 171 39200##"),
        "Berlin, Hamburg, München, Köln, Tübingen",
        "Deutschland",
        "Lindenstraße, Mühlenweg, Am Alten Markt, Gartenstraße",
        "Brezel & Söhne, Werkstatt Nord, Funkhaus Elbe",
        "Lektorin, Tischlermeister, Ärztin, Softwareentwickler, Hebamme",
    ),
    Place(
        "Éloïse Lefèvre, Jérôme Dubois, Chloé Fontaine, François Garçon, Aïcha Benali, "
        "Hélène Mercier, Gaël Le Goff, Maëlys Rousseau, Théo Chevalier, Océane Marchand, "
        "Benoît Lacroix, Inès Haddad, Clémence Noël, Rémi Perrault, Amélie Besançon, "
        "Loïc Kervella, Margaux Petit, Étienne Aubert",
        ("+33 1 99 00 ## ##", "+33 6 39 98 ## ##"),
        "Paris, Lyon, Rennes, Marseille, Genève",
        "France",
        "rue des Lilas, avenue de la Gare, impasse du Moulin, quai des Brumes",
        "Librairie du Canal, Atelier Mistral, Boulangerie Perrin",
        "Libraire, Comédien, Ingénieure, Fromager",
        street_first=False,
    ),
    Place(
        "Lucía Fernández, Álvaro Muñoz, Begoña Ibáñez, Íñigo Etxeberria, María José Peña, "
        "Joaquín Núñez, Montserrat Puig, Andrés Castañeda, Ximena Güiza, Óscar Domínguez, "
        "Nuria Vidal, Rocío Cordero, Tomás Echeverría, Inês Magalhães, João Gonçalves, "
        "Beatriz Conceição",
        ("+34 600 000 ###", "+34 910 000 ###"),
        "Madrid, Sevilla, Bilbao, Barcelona, Lisboa",
        "España",
        "calle del Olivo, plaza Mayor, paseo de la Ribera",
        "Panadería La Luna, Estudio Tejado, Viajes Poniente",
        "Profesora, Cocinero, Abogada, Fotógrafo",
    ),
    Place(
        "Giulia Moretti, Niccolò Bianchi, Chiara D’Angelo, Matteo Ricci, Benedetta Conti, "
        "Luca Galli, Noemi Sartori, Raffaele Esposito, Ginevra Lombardi, Tommaso De Luca, "
        "Zoë Ferrari, Ettore Vitale",
        ("+39 06 0000 ####", "+39 300 000 ####"),
        "Roma, Torino, Bologna, Napoli",
        "Italia",
        "via dei Tigli, corso Garibaldi, vicolo Stretto",
        "Trattoria Sole, Studio Arcobaleno, Officina Gatti",
        "Cuoca, Geometra, Violinista, Medico",
    ),
    Place(
        "Åsa Lindström, Björk Einarsdóttir, Søren Kjærgaard, Mikko Hämäläinen, "
        "Ingrid Ødegård, Þórdís Jónsdóttir, Gustaf Sjöberg, Aino Mäkelä, Freja Nørgaard, "
        "Håkon Bjørnstad, Elsa Öhman, Väinö Järvinen, Astrid Solheim, Rasmus Bæk",
        ("+46 8 465 004 ##", "+46 70 174 06 ##"),
        "Stockholm, Göteborg, Uppsala, Oslo, Helsinki",
        "Sverige",
        "Björkvägen, Storgatan, Hamngatan",
        "Fjord & Fjäll, Norrsken Design, Bageri Kanel",
        "Skeppsbyggare, Sjuksköterska, Programmerare, Lärare",
    ),
    Place(
        "Łukasz Wiśniewski, Małgorzata Dąbrowska, Jiří Dvořák, Kateřina Černá, "
        "Zuzana Kučerová, Paweł Żukowski, Agnieszka Świątek, Ondřej Růžička, Željko Đurić, "
        "Ivana Babić, Ștefan Ionescu, Ioana Țăranu, Živa Kovačič, Kārlis Bērziņš, "
        "Rūta Žemaitė, Võ Thị Ngọc, Đặng Văn Hùng, Ľubica Šťastná",
        ("+48 500 000 ###", "+420 600 000 ###"),
        "Kraków, Praha, Warszawa, Brno, Ljubljana",
        "Polska",
        "ulica Lipowa, Karlova, plac Zamkowy",
        "Pracownia Wisła, Pekárna Slunce, Kino Stary Młyn",
        "Redaktorka, Architekt, Lekarz, Grafička",
    ),
    Place(
        "Nagy Eszter, Szabó Bálint, Tóth Réka, Kovács Gergő, Horváth Zsófia, Kőszegi Ádám, "
        "Fehér Csenge, Vörös Örs",
        ("+36 1 000 ####", "+36 20 000 ####"),
        "Budapest, Szeged, Pécs",
        "Magyarország",
        "Petőfi utca, Duna sor",
        "Kávéház Kő, Dunapart Kiadó",
        "Tanár, Építész, Zongoraművész",
        family_first=True,
    ),
)
